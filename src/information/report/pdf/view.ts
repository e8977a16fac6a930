import { timeText } from '../explanation.ts';
import { fingerprintText, heightOf, isLongTitle, linesOf } from '../layout.ts';
import { qrPixels } from '../qr.ts';
import { type Cell, type DatasetSection, type Highlights, type ListSection, STATEMENT } from '../shape.ts';
import type { SignedReport } from '../sign.ts';
import { factsOf, figuresOf, groupNote, moreText, sourceText, updatedText } from '../statements.ts';
import { breakable, mapStrings, printable } from '../text.ts';
import type { Font } from './font.ts';

/** What the Typst template reads. All of it is data to the template: nothing is evaluated as Typst source. */
type View = { readonly text: object; readonly qr: object };

/** Printed lines of a record from which on it may be broken between two pages. */
const UNBROKEN_LINES_MAX = 12;

/**
 * Everything the template prints, each character checked against the font first.
 * `missing` names the code points that the font lacks; they stand in the report as theirs in brackets, such as `〔U+2252〕`.
 */
export function viewOf(report: SignedReport, font: Font): { view: View; missing: number[] } {
  const missing = new Set<number>();
  const check = { hasGlyph: font.hasGlyph, onMissing: (codePoint: number) => missing.add(codePoint) };
  const printed = new Map<string, string>(); // titles, names and many values stand in a report again and again
  const print = (text: string): string => {
    const known = printed.get(text) ?? breakable(printable(text, check));
    printed.set(text, known);
    return known;
  };
  const text = mapStrings(printedText(report, font), print);
  const { title, number, verifyUrl } = report.payload.cover;
  const documentTitle = printable(`${title} ${number}`, check);
  return {
    view: { text: { ...text, documentTitle }, qr: qrPixels(verifyUrl) },
    missing: [...missing],
  };
}

function printedText({ payload, hash }: SignedReport, font: Font): object {
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
      lines: linesText(summary.basic.cells, font).lines,
      source: `来源：${summary.basic.provider}，${summary.basic.name}`,
    },
    figures: figuresOf(summary).map(([title, figure]) => [title, String(figure)]),
    adverse: groupText(summary.adverse),
    positive: groupText(summary.positive),
    lists: details.map((list) => listText(list, font)),
    fingerprint: fingerprintText(hash),
    receipt: receipt && `日志回执 ${receipt.id}，叶值 ${receipt.leafHash}`,
  };
}

function groupText(of: Highlights): object {
  return { found: of.found.map(({ name, records }) => [name, `${records} 条`]), note: groupNote(of) };
}

function listText({ title, datasets }: ListSection, font: Font): object {
  return {
    title,
    datasets: datasets.filter(({ records }) => records.length > 0).map((of) => datasetText(of, font)),
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

function datasetText(of: DatasetSection, font: Font): object {
  return {
    name: of.name,
    count: `${of.totalRecords} 条`,
    source: sourceText(of),
    said: of.outcome === 'ok' ? null : of.sentence,
    more: moreText(of),
    records: of.records.map(({ marks, cells }) => ({
      marks: marks.filter(({ mark }) => mark !== STATEMENT).map(({ text }) => text),
      // Longer than a tag, and breaks over lines.
      said: marks.find(({ mark }) => mark === STATEMENT)?.text ?? null,
      ...linesText(cells, font),
    })),
  };
}

function linesText(cells: readonly Cell[], font: Font): { lines: object[][]; isLong: boolean } {
  const lines = linesOf(cells);
  return {
    lines: lines.map((line) => line.map((cell) => cellText(cell, font))),
    isLong: heightOf(lines) > UNBROKEN_LINES_MAX,
  };
}

function cellText({ title, text, isMasked }: Cell, font: Font): object {
  const textEms = isMasked ? null : emsOf(text, font);
  return { title, text, isMasked, runsIn: isLongTitle(title), titleEms: emsOf(title, font), textEms };
}

/** Text that no rule of typesetting widens or narrows: Han alone, or digits as in a number or a date. */
const UNADJUSTED = /^(?:\p{Script=Han}+|[0-9-]{1,17})$/u;

/** Width in em of a text that is as wide as its characters together; null where it takes a typesetter to say. */
export function emsOf(text: string, font: Font): number | null {
  if (!UNADJUSTED.test(text)) return null;
  let ems = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (!font.hasGlyph(codePoint)) return null;
    ems += font.advanceEms(codePoint);
  }
  return Number(ems.toFixed(3));
}
