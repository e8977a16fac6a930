import type { Outline } from './outline.ts';
import type { BasicInformation, Cell, DatasetSection, Highlights, RecordSection, Summary } from './shape.ts';
import { NO_VALUE } from './values.ts';

/** Cells of the basic information; contracts name the most telling fields first. */
const BASIC_CELLS_MAX = 14;

/** 概述: who the enterprise is, how much was found, and which groups of datasets deserve a look first. */
export function summarise(sections: readonly DatasetSection[], outline: Outline): Summary {
  const withRecords = sections.filter(hasRecords);
  const withoutRecords = sections.filter(isKnownEmpty);
  return {
    basic: basicInformation(sections, outline.basic),
    counts: {
      datasets: sections.length,
      datasetsWithRecords: withRecords.length,
      datasetsWithoutRecords: withoutRecords.length,
      datasetsNotAnswered: sections.length - withRecords.length - withoutRecords.length,
      records: sum(withRecords.map((section) => section.totalRecords)),
      disputed: sections.flatMap(({ records }) => records).filter(isDisputed).length,
    },
    adverse: highlights(sections, outline.adverse),
    positive: highlights(sections, outline.positive),
  };
}

/** First record of the first registration dataset that answered, then what the next ones add to it. */
function basicInformation(
  sections: readonly DatasetSection[],
  contracts: readonly string[],
): BasicInformation | null {
  const answered = inOrder(sections, contracts).filter(hasRecords);
  const [first] = answered;
  if (first === undefined) return null;
  const cells = new Map<string, Cell>();
  for (const cell of answered.flatMap((section) => section.records[0]?.cells ?? [])) {
    if (cell.text !== NO_VALUE && !cells.has(cell.title)) cells.set(cell.title, cell);
  }
  return {
    contract: first.contract,
    name: first.name,
    provider: [...new Set(answered.map((section) => section.provider))].join('、'),
    cells: [...cells.values()].slice(0, BASIC_CELLS_MAX),
  };
}

function highlights(sections: readonly DatasetSection[], contracts: readonly string[]): Highlights {
  const group = inOrder(sections, contracts);
  return {
    found: group
      .filter(hasRecords)
      .map(({ contract, name, totalRecords }) => ({ contract, name, records: totalRecords })),
    withoutRecords: group.filter(isKnownEmpty).length,
    notAnswered: group
      .filter((section) => !hasRecords(section) && !isKnownEmpty(section))
      .map(({ name }) => name),
  };
}

function inOrder(sections: readonly DatasetSection[], contracts: readonly string[]): DatasetSection[] {
  return contracts.flatMap((id) => sections.filter(({ contract }) => contract === id));
}

function hasRecords(section: DatasetSection): boolean {
  return section.totalRecords > 0;
}

/** Asked, answered, and nothing there: only then may a reader take silence for an answer. */
function isKnownEmpty({ outcome, totalRecords }: DatasetSection): boolean {
  return totalRecords === 0 && (outcome === 'ok' || outcome === 'no_data' || outcome === 'not_covered');
}

function isDisputed({ marks }: RecordSection): boolean {
  return marks.some(({ mark }) => mark === 'disputed');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
