import { LineChart } from "echarts/charts";
import {
	GridComponent,
	LegendComponent,
	TitleComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { History } from "./train.js";

/** An SVG of the training loss and the test accuracy over the epochs. */
export function trainingChart({ loss, accuracy }: History): string {
	echarts.use([
		LineChart,
		GridComponent,
		LegendComponent,
		TitleComponent,
		SVGRenderer,
	]);
	const chart = echarts.init(null, null, {
		renderer: "svg",
		ssr: true,
		width: 760,
		height: 420,
	});
	try {
		chart.setOption({
			animation: false,
			backgroundColor: "#fff",
			title: { text: "Training on MNIST", left: "center" },
			color: ["#3b66c4", "#c2571a"],
			legend: { bottom: 4, itemGap: 32 },
			grid: { left: 64, right: 72, top: 56, bottom: 76 },
			xAxis: {
				type: "value",
				name: "epochs",
				nameLocation: "middle",
				nameGap: 26,
				max: Math.ceil(loss.at(-1)?.[0] ?? 1),
			},
			yAxis: [
				{ type: "value", name: "loss", min: 0 },
				{
					type: "value",
					name: "accuracy, %",
					scale: true,
					boundaryGap: ["15%", "15%"],
					splitLine: { show: false },
				},
			],
			series: [
				{
					type: "line",
					name: "training loss",
					data: loss,
					showSymbol: false,
				},
				{
					type: "line",
					name: "test accuracy",
					data: accuracy,
					yAxisIndex: 1,
					symbolSize: 8,
					label: {
						show: true,
						// the last one must not lie over the axis
						align: "right",
						formatter: ({ value }: { value: unknown }) =>
							`${(value as number[])[1]?.toFixed(2)} %`,
					},
				},
			],
		});
		return chart.renderToSVGString();
	} finally {
		chart.dispose();
	}
}
