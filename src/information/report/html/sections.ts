import { linesOf } from '../layout.ts';
import type {
  Cell,
  DatasetSection,
  Highlights,
  ListSection,
  RecordSection,
  ReportPayload,
  Summary,
} from '../shape.ts';
import { factsOf, figuresOf, groupNote, moreText, sourceText, updatedText } from '../statements.ts';
import { type Markup, html } from './markup.ts';

/** 封面. */
export function cover({ cover: of }: ReportPayload, qr: Markup): Markup {
  return html`<header class="cover"><p class="node">${of.nodeName}</p>
<div><h1>${of.title}</h1><p class="kind">${of.kind} · Public Credit Information Report</p>
<p class="name">${of.enterpriseName}</p></div>
<div class="qr">${qr}扫码核验<br>${of.number}</div></header>
${of.syntheticNotice === null ? null : html`<p class="notice" role="note">${of.syntheticNotice}</p>`}
<dl class="facts">${factsOf(of).map(([title, text]) => html`<div><dt>${title}</dt><dd>${text}</dd></div>`)}</dl>`;
}

/** 报告说明. */
export function explanation({ explanation: items }: ReportPayload): Markup {
  return html`<section aria-labelledby="s1"><h2 id="s1">报告说明<small>About this report</small></h2>
<dl class="explain">${items.map(({ title, text }) => html`<div><dt>${title}</dt><dd>${text}</dd></div>`)}</dl></section>`;
}

/** 概述: 基础信息 and 公共信用信息概要. */
export function summary({ summary: of }: ReportPayload): Markup {
  return html`<section aria-labelledby="s2"><h2 id="s2">概述<small>Summary</small></h2>
<h3>基础信息</h3>${basic(of)}
<h3>公共信用信息概要</h3>
<dl class="figures">${figuresOf(of).map(([title, n]) => html`<div><dt>${title}</dt><dd>${n}</dd></div>`)}</dl>
<div class="groups">${group('需要关注', 'watch', of.adverse)}${group('良好信息', 'good', of.positive)}</div></section>`;
}

function basic({ basic: of }: Summary): Markup {
  if (of === null) return html`<p>没有取得登记信息。</p>`;
  return html`${lines(of.cells, 'facts')}<p class="source">来源：${of.provider}，${of.name}</p>`;
}

function group(title: string, tone: 'watch' | 'good', of: Highlights): Markup {
  const items = of.found.map(
    ({ name, records }) => html`<li><span>${name}</span><span>${records} 条</span></li>`,
  );
  return html`<section class="${tone}"><h4>${title}</h4>${items.length === 0 ? html`<p>没有记录。</p>` : html`<ul>${items}</ul>`}<p>${groupNote(of)}</p></section>`;
}

/** 详情, by list. */
export function details({ details: sections }: ReportPayload): Markup {
  return html`${sections.map((section, i) => list(section, `s${i + 3}`))}`;
}

function list({ title, datasets }: ListSection, id: string): Markup {
  const silent = datasets.filter(({ records }) => records.length === 0);
  return html`<section aria-labelledby="${id}"><h2 id="${id}">详情：${title}</h2>
${datasets.filter(({ records }) => records.length > 0).map(dataset)}
${silent.length === 0 ? null : silentTable(silent)}</section>`;
}

function dataset(of: DatasetSection): Markup {
  const said = of.outcome === 'ok' ? null : html`<p class="said">${of.sentence}</p>`;
  return html`<article class="dataset"><header><h3>${of.name}<small>${of.totalRecords} 条</small></h3></header>
<p class="source">${sourceText(of)}</p>${said}
${of.records.map(record)}${moreText(of) === null ? null : html`<p class="more">${moreText(of)}</p>`}</article>`;
}

function record({ cells, marks }: RecordSection): Markup {
  return html`${marks.map(({ text }) => html`<span class="mark">${text}</span>`)}${lines(cells, 'record')}`;
}

function lines(cells: readonly Cell[], className: 'record' | 'facts'): Markup {
  const shown = linesOf(cells).flatMap((line) => line.map((of) => cell(of, line.length === 1)));
  return html`<dl class="${className}">${shown}</dl>`;
}

function cell({ title, text, isMasked }: Cell, isWide: boolean): Markup {
  const masked = isMasked ? html`<span class="masked">已脱敏</span>` : null;
  return html`<div${isWide ? html` class="wide"` : null}><dt>${title}</dt><dd>${text}${masked}</dd></div>`;
}

function silentTable(datasets: readonly DatasetSection[]): Markup {
  return html`<h3>没有可展示记录的数据集<small>${datasets.length} 个</small></h3>
<table><thead><tr><th scope="col">数据集</th><th scope="col">提供单位</th><th scope="col">更新日期</th><th scope="col">数据截至</th><th scope="col">说明</th></tr></thead>
<tbody>${datasets.map(silentRow)}</tbody></table>`;
}

function silentRow(of: DatasetSection): Markup {
  return html`<tr><td>${of.name}</td><td>${of.provider}</td><td>${updatedText(of)}</td><td>${of.cutOff ?? '—'}</td><td>${of.sentence}</td></tr>`;
}
