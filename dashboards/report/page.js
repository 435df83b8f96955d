/* SPDX-License-Identifier: Apache-2.0. Draws the charts of a report; without it the tables stay. */
"use strict";
(() => {
	/* told apart by the colour blind (Okabe and Ito), and by dashes on paper */
	const colours = {
		light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"],
		dark: ["#56b4e9", "#f0822d", "#20c997", "#e8a5c8", "#f0e442", "#8c9eff"],
	};
	const dashes = [[], [8, 4], [2, 3], [12, 4, 2, 4]];
	const limits = { 1: { stroke: "--warn", dash: [2, 4] }, 2: { stroke: "--bad", dash: [10, 4] } };
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
	const seconds = (d) => d.getSeconds() ? `:${two(d.getSeconds())}` : "";

	function ticks(plot, splits, axis, space, increment) {
		return splits.map((ts) => {
			const d = civil(ts);
			if (increment >= 28 * 86400)
				return `${d.getFullYear()}-${two(d.getMonth() + 1)}`;
			return increment >= 86400 || clock(d) === "00:00" && !seconds(d) ? day(d) : clock(d) + seconds(d);
		});
	}

	function shown(chart, value) {
		if (value == null)
			return "-";
		return (value / chart.per).toFixed(chart.decimals) + (chart.suffix ? ` ${chart.suffix}` : "");
	}

	function moment(chart, ts) {
		const d = civil(ts);
		return `${d.getFullYear()}-${day(d)}` + (chart.to && clock(d) === "00:00" ? "" : ` ${clock(d)}${seconds(d)}`);
	}

	/* What the line of a curve is drawn through: values that are of a span hold to its end, and parts
	 * of a sum stand upon those before them. */
	function lines(chart) {
		const under = chart.time.map(() => 0);
		const values = chart.curves.map((curve) => curve.values.map((value, i) => {
			if (value == null || !chart.stacked)
				return value;
			under[i] += value;
			return under[i];
		}));
		if (!chart.to)
			return [chart.time, ...values];
		const ends = chart.time.map((ts, i) => (chart.time[i + 1] ?? chart.to) - 1);
		return [chart.time.flatMap((ts, i) => [ts, ends[i]]), ...values.map((line) => line.flatMap((v) => [v, v]))];
	}

	/* A colour over that of the page, so that what stands behind does not shine through. */
	function pale(colour, page) {
		const parts = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
		const below = parts(page);
		return `rgb(${parts(colour).map((c, i) => Math.round(0.45 * c + 0.55 * below[i])).join(" ")})`;
	}

	/* Readings with a gap on both sides: no line shows them. */
	function alone(values) {
		const found = [];
		values.forEach((value, i) => {
			if (value != null && values[i - 1] == null && values[i + 1] == null)
				found.push(i);
		});
		return found;
	}

	/* Point by point: is anything known, but for limits? */
	const known = (chart) => chart.time.map((ts, i) =>
		chart.curves.some((curve) => !curve.limit && curve.values[i] != null));

	/* Times in which nothing at all is known. */
	function gaps(chart) {
		const is = known(chart);
		const end = chart.to || chart.time.at(-1);
		const found = [];
		is.forEach((known, i) => {
			if (known)
				return;
			const to = chart.time[i + 1] ?? end;
			if (found.length && !is[i - 1])
				found.at(-1)[1] = to;
			else
				found.push([chart.time[i], to]);
		});
		return found;
	}

	/* From 0 where that means nothing at all; else no closer than what is worth a look. */
	function scale(chart, low, high) {
		if (chart.zero && low >= 0)
			return [0, chart.suffix === "%" && high <= 100 ? 105 : uPlot.rangeNum(0, high || 1, 0.05, true)[1]];
		const lack = Math.max(0, (chart.span - (high - low)) / 2);
		return uPlot.rangeNum(low - lack, high + lack, 0.1, false);
	}

	function options(chart, width) {
		const style = getComputedStyle(document.documentElement);
		const colour = (name) => style.getPropertyValue(name).trim();
		const ink = colour("--ink"), page = colour("--page");
		const line = { stroke: colour("--line"), width: 1 };
		/* at the pointer, else where something was known last; a span has two ends */
		const last = known(chart).lastIndexOf(true);
		const at = (i) => i == null ? last : chart.to ? i >> 1 : i;
		const hues = dark.matches && !printing ? colours.dark : colours.light;
		let n = 0;
		const series = chart.curves.map((curve) => {
			const i = curve.limit ? 0 : n++;
			const stroke = curve.limit ? colour(limits[curve.limit].stroke) : hues[i % hues.length];
			return {
				label: curve.title,
				stroke,
				dash: curve.limit ? limits[curve.limit].dash : dashes[Math.floor(i / hues.length) % dashes.length],
				width: curve.limit ? 1.2 : 1.6,
				fill: chart.stacked ? pale(stroke, page) : undefined,
				points: chart.to || curve.limit ? { show: false } :
					{ size: 4, filter: (plot, k, all) => all ? null : alone(plot.data[k]) },
				value: (plot, value, k, idx) => shown(chart, curve.values[at(idx)]),
			};
		});
		return {
			width,
			height: Math.round(Math.max(180, Math.min(300, width * 0.45))),
			padding: [8, 24, 0, 0], /* room for the last tick's words */
			tzDate: civil,
			legend: { markers: { fill: (plot, i) => plot.series[i].stroke(plot, i), width: 0 } },
			scales: {
				/* a point alone has no span: an hour around it */
				x: { range: (plot, a, b) => chart.time.length === 1 && !chart.to ?
					[chart.time[0] - 1800, chart.time[0] + 1800] : [a, b] },
				y: { range: (plot, a, b) => scale(chart, a ?? 0, b ?? 1) },
			},
			series: [{
				label: "time",
				value: (plot, ts, k, idx) => moment(chart, chart.time[at(idx)]),
			}, ...series],
			axes: [
				{ stroke: ink, grid: line, ticks: line, space: 70, values: ticks },
				{
					stroke: ink, grid: line, ticks: line, label: chart.suffix || undefined,
					size: (plot, words) => Math.max(56, 24 + 8 * Math.max(0, ...(words ?? []).map((w) => w?.length ?? 0))),
					values: (plot, splits) => splits.map((v) => String(+(v / chart.per).toPrecision(6))),
				},
			],
			hooks: { drawClear: [(plot) => {
				plot.ctx.fillStyle = colour("--gap");
				for (const [from, to] of gaps(chart)) {
					const left = Math.max(plot.valToPos(from, "x", true), plot.bbox.left);
					const right = Math.min(plot.valToPos(to, "x", true), plot.bbox.left + plot.bbox.width);
					if (right > left)
						plot.ctx.fillRect(left, plot.bbox.top, right - left, plot.bbox.height);
				}
			}] },
		};
	}

	function draw() {
		plots.forEach((plot) => plot.destroy());
		plots = [];
		for (const element of document.querySelectorAll("script.chart")) {
			const chart = JSON.parse(element.textContent);
			const place = element.parentNode.querySelector(".plot");
			if (!chart.curves.some((curve) => !curve.limit && curve.values.some((value) => value != null))) {
				place.textContent = "(no readings in this time)";
				continue;
			}
			/* the sum of a stack first: what stands below is drawn over it */
			const [time, ...values] = lines(chart);
			if (chart.stacked) {
				chart.curves.reverse();
				values.reverse();
			}
			plots.push(new uPlot(options(chart, printing ? paper : place.clientWidth), [time, ...values], place));
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
	/* on paper nothing can be unfolded */
	function print(on) {
		printing = on;
		for (const details of document.querySelectorAll(on ? "details:not([open])" : "details.printed")) {
			details.open = on;
			details.classList.toggle("printed", on);
		}
		draw();
	}
	addEventListener("beforeprint", () => print(true));
	addEventListener("afterprint", () => print(false));
	draw();
})();
