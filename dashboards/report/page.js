/* SPDX-License-Identifier: Apache-2.0. Draws the charts of a report; without it the tables stay. */
"use strict";
(() => {
	/* told apart by the colour blind (Okabe and Ito), and by dashes on paper */
	const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
	const dashes = [[], [8, 4], [2, 3], [12, 4, 2, 4]];
	const dark = matchMedia("(prefers-color-scheme: dark)");
	const zone = document.documentElement.dataset.zone;
	const paper = 680; /* pixels across a sheet */
	const two = (n) => String(n).padStart(2, "0");
	let printing = false;
	let plots = [];

	/* Civil time of the site, wherever the reader is. */
	const civil = (ts) => uPlot.tzDate(new Date(ts * 1000), zone);
	const day = (d) => `${two(d.getMonth() + 1)}-${two(d.getDate())}`;
	const clock = (d) => `${two(d.getHours())}:${two(d.getMinutes())}`;

	function ticks(plot, splits, axis, space, increment) {
		return splits.map((ts) => {
			const d = civil(ts);
			if (increment >= 28 * 86400)
				return `${d.getFullYear()}-${two(d.getMonth() + 1)}`;
			return increment >= 86400 || clock(d) === "00:00" ? day(d) : clock(d);
		});
	}

	function shown(chart, value, unit) {
		if (value == null)
			return "-";
		return (value / chart.per).toFixed(chart.decimals) + (unit && chart.suffix ? ` ${chart.suffix}` : "");
	}

	function options(chart, width) {
		const style = getComputedStyle(document.documentElement);
		const ink = style.getPropertyValue("--ink").trim();
		const line = { stroke: style.getPropertyValue("--line").trim(), width: 1 };
		const series = chart.curves.map((curve, i) => ({
			label: curve.title,
			stroke: colours[i % colours.length],
			dash: dashes[Math.floor(i / colours.length) % dashes.length],
			width: 1.5,
			value: (plot, value) => shown(chart, value, true),
		}));
		return {
			width,
			height: Math.round(Math.max(180, Math.min(320, width * 0.45))),
			padding: [8, 24, 0, 0], /* room for the last tick's words */
			tzDate: civil,
			/* a point alone has no span: an hour around it */
			scales: { x: { range: (plot, a, b) => chart.time.length === 1 ?
				[chart.time[0] - 1800, chart.time[0] + 1800] : [a, b] } },
			series: [{
				label: "time",
				value: (plot, ts) => {
					if (ts == null)
						return "-";
					const d = civil(ts);
					return `${d.getFullYear()}-${day(d)} ${clock(d)}`;
				},
			}, ...series],
			axes: [
				{ stroke: ink, grid: line, ticks: line, space: 70, values: ticks },
				{
					stroke: ink, grid: line, ticks: line, size: 60, label: chart.suffix || undefined,
					values: (plot, splits) => splits.map((v) => String(+(v / chart.per).toPrecision(6))),
				},
			],
		};
	}

	function draw() {
		plots.forEach((plot) => plot.destroy());
		plots = [];
		for (const element of document.querySelectorAll("script.chart")) {
			const chart = JSON.parse(element.textContent);
			const place = element.parentNode.querySelector(".plot");
			const width = printing ? paper : place.clientWidth;
			const data = [chart.time, ...chart.curves.map((curve) => curve.values)];
			plots.push(new uPlot(options(chart, width), data, place));
		}
	}

	let width = innerWidth;
	addEventListener("resize", () => {
		if (innerWidth !== width && !printing) {
			width = innerWidth;
			draw();
		}
	});
	dark.addEventListener("change", draw);
	addEventListener("beforeprint", () => { printing = true; draw(); });
	addEventListener("afterprint", () => { printing = false; draw(); });
	draw();
})();
