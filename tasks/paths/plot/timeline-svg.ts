/**
 * The timeline of a lab's paths as SVG: each path's throughput, stacked, and
 * what was changed. By Apache ECharts, which draws without a browser; its packages
 * are in the bundle for `--plot` alone (bundle.cjs). Pure.
 */
import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { PathEvent, Point } from '../timeline.ts';
import { placeLabels, type PlacedLabel } from './labels.ts';
import { ratesOf } from './rates.ts';

export interface Timeline {
  readonly beganMs: number;
  readonly paths: readonly string[];
  readonly points: readonly Point[];
  readonly events: readonly PathEvent[];
}

/** Of the picture; it is scaled to the place that it is given. */
const size = { width: 1000, height: 520 } as const;
const mostSteps = 450;
/** Beside what is drawn; pixels. */
const margin = { left: 60, right: 24 } as const;
/** Of names of changes. */
const rowHeight = 14;
const mostRows = 8;

/** Colours that a reader who confuses some can tell apart (Okabe and Ito, 2008), on white and on black. */
const palette = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#B8A800', '#888888'];
const light = { ink: '#24292f', rule: '#d8dee4', paper: '#fffffe' } as const;
const dark = { ink: '#e6edf3', rule: '#30363d', paper: '#0d1117' } as const;

/** A direction with less of all that was carried has acknowledgements alone, and no picture. */
const leastPart = 0.05;

export function timelineSvg({ beganMs, paths, points, events }: Timeline): string {
  use([LineChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  const rates = ratesOf(points, mostSteps);
  const sum = (rows: readonly (readonly number[])[]) => rows.flat().reduce((all, one) => all + one, 0);
  const all = Math.max(1, sum(rates.down) + sum(rates.up));
  const directions = ([['down', rates.down], ['up', rates.up]] as const).filter(([, rows], i) => sum(rows) / all >= leastPart || (i === 0 && sum(rates.up) / all < leastPart));
  const startMs = points[0]?.atMs ?? beganMs;
  const seconds = (ms: number) => (ms - beganMs) / 1000;
  const [from, to] = [Math.min(0, seconds(startMs)), Math.max(0.1, seconds(points.at(-1)?.atMs ?? beganMs))];
  const labels = placeLabels(events.map(({ atMs, text }) => ({ x: margin.left + (seconds(atMs) - from) / (to - from) * (size.width - margin.left - margin.right), text })), { left: 4, right: size.width - 4, rows: mostRows });
  const rows = Math.max(0, ...labels.map((label) => (label === undefined ? 0 : label.row + 1)));
  const [top, bottom, between] = [66 + rowHeight * rows, 50, 60];
  // Above the names of the changes.
  const titleTop = (i: number) => (i === 0 ? 40 : top + i * (height + between) - 26);
  const height = (size.height - top - bottom - between * (directions.length - 1)) / directions.length;
  const text = { color: light.ink, fontFamily: 'sans-serif' };
  chart.setOption({
    animation: false, backgroundColor: light.paper, color: palette, textStyle: text,
    legend: { top: 8, left: margin.left, textStyle: text, itemWidth: 14, itemGap: 24, icon: 'roundRect', data: [...paths] },
    title: directions.map(([name], i) => ({ text: `${name}, Mbit/s`, left: margin.left, top: titleTop(i), padding: 0, textStyle: { ...text, fontSize: 13 } })),
    grid: directions.map((_, i) => ({ ...margin, top: top + i * (height + between), height })),
    xAxis: directions.map((_, i) => ({
      type: 'value', gridIndex: i, min: from, max: to,
      axisLine: { lineStyle: { color: light.ink } }, axisLabel: { ...text, showMaxLabel: false, formatter: '{value} s' }, splitLine: { show: false },
    })),
    yAxis: directions.map((_, i) => ({ type: 'value', gridIndex: i, axisLabel: text, splitLine: { lineStyle: { color: light.rule } } })),
    series: directions.flatMap(([direction, rows], i) => paths.map((name, path) => ({
      type: 'line', name, stack: direction, xAxisIndex: i, yAxisIndex: i, showSymbol: false, silent: true, step: 'end',
      lineStyle: { width: 0.5 }, areaStyle: { opacity: 0.85 }, itemStyle: { color: palette[path % palette.length] },
      data: (rows[path] ?? []).map((rate, at) => [seconds(startMs + at * rates.stepMs), rate / 1e6]),
      ...(path === 0 ? { markLine: marks(events, seconds, i === 0 ? labels : []) } : {}),
    }))),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return scaled(themed(svg));
}

/** What was changed, each at its time; named once, above, where there is room. */
function marks(events: readonly PathEvent[], seconds: (ms: number) => number, labels: readonly (PlacedLabel | undefined)[]): object {
  return {
    symbol: 'none', silent: true, lineStyle: { color: light.ink, type: 'dashed', width: 1 },
    data: events.map(({ atMs, text }, i) => {
      const label = labels[i];
      return { xAxis: seconds(atMs), label: { show: label !== undefined, formatter: text, color: light.ink, fontFamily: 'sans-serif', fontSize: 11, position: 'end', align: label?.align, distance: 4 + rowHeight * (label?.row ?? 0) } };
    }),
  };
}

/** As dark as what shows it: a style goes before an attribute, and a viewer without styles shows it light. */
function themed(svg: string): string {
  const rules = (Object.keys(light) as (keyof typeof light)[]).flatMap((name) => ['fill', 'stroke'].map((kind) => `[${kind}="${light[name]}"]{${kind}:${dark[name]}}`));
  return svg.replace(/(<svg[^>]*>)/, `$1<style>@media (prefers-color-scheme: dark){${rules.join('')}}</style>`);
}

/** It takes the size of the window or of the page. */
const scaled = (svg: string): string => svg.replace(/^<svg width="\d+" height="\d+"/, '<svg');
