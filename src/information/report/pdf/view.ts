import { timeText } from '../explanation.ts';
import { fingerprintText, heightOf, isLongTitle, linesOf } from '../layout.ts';
import { qrPixels } from '../qr.ts';
import type { Cell, DatasetSection, Highlights, ListSection } from '../shape.ts';
import type { SignedReport } from '../sign.ts';
import { factsOf, figuresOf, groupNote, moreText, sourceText, updatedText } from '../statements.ts';
import { breakable, mapStrings, printable } from '../text.ts';
import type { Font } from './font.ts';

/** What the Typst template reads. All of it is data to the template: nothing is evaluated as Typst source. */
type View = { readonly text: object; readonly qr: object; readonly token: string };

/** Printed lines of a record from which on it may be broken between two pages. */
const UNBROKEN_LINES_MAX = 12;

/**
 * Everything the template prints, each character checked against the font first.
 * `missing` names the code points that the font lacks; they stand in the report as theirs in brackets, such as `〔U+2252〕`.
 */
export function viewOf(report: SignedReport, font: Font): { view: View; missing: number[] } {
  const missing = new Set<number>();
  const check = { hasGlyph: font.hasGlyph, onMissing: (codePoint: number) => missing.add(codePoint) };
  const text = mapStrings(printedText(report), (value) => breakable(printable(value, check)));
  const { title, number, verifyUrl } = report.payload.cover;
  const documentTitle = printable(`${title} ${number}`, check);
  return {
    view: { text: { ...text, documentTitle }, qr: qrPixels(verifyUrl), token: report.token },
    missing: [...missing],
  };
}

function printedText({ payload, hash }: SignedReport): object {
  const { cover, summary, details, explanation, receipt } = payload;
  return {
    title: cover.title,
    kind: cover.kind,
    number: cover.number,
    enterpriseName: cover.enterpriseName,
    nodeName: cover.nodeName,
    issuedAt: timeText(cover.issuedAt),
    notice: cover.syntheticNotice,
    facts: factsOf(cover),
    explanation: explanation.map(({ title, text }) => [title, text]),
    basic: summary.basic && {
      lines: linesText(summary.basic.cells).lines,
      source: `来源：${summary.basic.provider}，${summary.basic.name}`,
    },
    figures: figuresOf(summary).map(([title, figure]) => [title, String(figure)]),
    adverse: groupText(summary.adverse),
    positive: groupText(summary.positive),
    lists: details.map(listText),
    fingerprint: fingerprintText(hash),
    receipt: receipt && `日志回执 ${receipt.id}，叶值 ${receipt.leafHash}`,
  };
}

function groupText(of: Highlights): object {
  return { found: of.found.map(({ name, records }) => [name, `${records} 条`]), note: groupNote(of) };
}

function listText({ title, datasets }: ListSection): object {
  return {
    title,
    datasets: datasets.filter(({ records }) => records.length > 0).map(datasetText),
    silent: silentText(datasets.filter(({ records }) => records.length === 0)),
  };
}

/** Datasets without records, under the sentence that says why; each with source, update and data cut-off. */
function silentText(datasets: readonly DatasetSection[]): object[] {
  return [...Map.groupBy(datasets, ({ sentence }) => sentence)].map(([sentence, of]) => ({
    sentence,
    count: String(of.length),
    items: of
      .map((dataset) => {
        const { name, provider, cutOff } = dataset;
        return `${name}（${provider}，更新 ${updatedText(dataset)}，截至 ${cutOff ?? '—'}）`;
      })
      .join('；'),
  }));
}

function datasetText(of: DatasetSection): object {
  return {
    name: of.name,
    count: `${of.totalRecords} 条`,
    source: sourceText(of),
    said: of.outcome === 'ok' ? null : of.sentence,
    more: moreText(of),
    records: of.records.map(({ marks, cells }) => ({
      marks: marks.map((mark) => mark.text),
      ...linesText(cells),
    })),
  };
}

function linesText(cells: readonly Cell[]): { lines: object[][]; isLong: boolean } {
  const lines = linesOf(cells);
  return {
    lines: lines.map((line) =>
      line.map(({ title, text, isMasked }) => ({ title, text, isMasked, runsIn: isLongTitle(title) })),
    ),
    isLong: heightOf(lines) > UNBROKEN_LINES_MAX,
  };
}
