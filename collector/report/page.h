/* SPDX-License-Identifier: Apache-2.0 */
/* The files of dashboards/report/ as the build embeds them: text that ends with a NUL. */
#pragma once

extern const unsigned char page_page_html[], page_page_css[], page_page_js[], page_uplot_min_js[],
	page_uplot_min_css[], page_uplot_license[];
