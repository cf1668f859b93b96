import { BarChart } from "echarts/charts";
import { GridComponent, TitleComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

const OURS = "#3b66c4";
const THEIRS = "#b9b4ab";

/** An SVG of a line's medians as bars; the shortest is the best. */
export function lineChart({ title, unit, contenders }) {
	echarts.use([BarChart, GridComponent, TitleComponent, SVGRenderer]);
	const chart = echarts.init(null, null, {
		renderer: "svg",
		ssr: true,
		width: 820,
		height: 86 + 34 * contenders.length,
	});
	try {
		chart.setOption({
			animation: false,
			backgroundColor: "#fff",
			title: {
				text: title,
				subtext: `${unit}, shorter is better`,
				left: "center",
				textStyle: { fontSize: 15 },
			},
			grid: { left: 310, right: 72, top: 62, bottom: 16 },
			xAxis: { type: "value", show: false },
			yAxis: {
				type: "category",
				inverse: true,
				axisTick: { show: false },
				axisLine: { show: false },
				data: contenders.map(({ name }) => name),
			},
			series: [
				{
					type: "bar",
					barWidth: 18,
					label: {
						show: true,
						position: "right",
						formatter: ({ value }) => String(value),
					},
					data: contenders.map(({ name, median }) => ({
						value: Number(median.toPrecision(3)),
						itemStyle: { color: /^Torchlet/.test(name) ? OURS : THEIRS },
					})),
				},
			],
		});
		return chart.renderToSVGString();
	} finally {
		chart.dispose();
	}
}
