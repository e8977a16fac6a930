import type { Binning } from '../../laboratory/binning/binning.ts';
import { missingPlace, ordinaryCount, unseenPlace } from '../../laboratory/binning/binning.ts';
import type { Card } from '../../laboratory/model/card.ts';
import { hostedRefusal } from '../hosted-refusals.ts';

/**
 * A card of the laboratory as a PMML 4.4 Scorecard: the same values give the same score in any reader of the standard.
 * Attributes stand in the order special, missing, ordinary, unseen, since the first that is true counts. Baselines are the
 * median points of the rows it was fitted on, so that a reason is what lies below the median. A text in a field of numbers
 * is invalid in PMML and has no score there. Throws `hosted.card_not_exportable`.
 */
export function writeCard(card: Card): string {
  const characteristics = card.binnings.map((binning, at) =>
    writeCharacteristic(binning, card.points.points[at]?.points ?? []),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">
  <Header description="${escape(card.hash)}"><Application name="xinqiao"/></Header>
  <DataDictionary numberOfFields="${card.binnings.length}">
${card.binnings.map(writeDataField).join('\n')}
  </DataDictionary>
  <Scorecard modelName="${escape(card.hash)}" functionName="regression" initialScore="0" useReasonCodes="true" reasonCodeAlgorithm="pointsBelow" baselineMethod="other">
    <MiningSchema>
${card.binnings.map(({ variable }) => `      <MiningField name="${escape(variable)}" usageType="active"/>`).join('\n')}
    </MiningSchema>
    <Characteristics>
${characteristics.join('\n')}
    </Characteristics>
  </Scorecard>
</PMML>
`;
}

function writeDataField({ variable, kind }: Binning): string {
  const type =
    kind === 'numeric' ? 'optype="continuous" dataType="double"' : 'optype="categorical" dataType="string"';
  return `    <DataField name="${escape(variable)}" ${type}/>`;
}

function writeCharacteristic(binning: Binning, points: readonly number[]): string {
  const name = escape(binning.variable);
  const attributes = predicatesOf(binning).map(
    ({ place, predicate }) =>
      `        <Attribute partialScore="${points[place] ?? 0}">${predicate}</Attribute>`,
  );
  const head = `name="${name}" reasonCode="${name}" baselineScore="${medianPoints(binning, points)}"`;
  return `      <Characteristic ${head}>\n${attributes.join('\n')}\n      </Characteristic>`;
}

/** Points of the bin in which the middle row lies; the lower one of two. */
function medianPoints({ bins }: Binning, points: readonly number[]): number {
  const ordered = bins
    .map(({ rows }, at) => ({ rows, points: points[at] ?? 0 }))
    .toSorted((a, b) => a.points - b.points);
  const half = ordered.reduce((sum, { rows }) => sum + rows, 0) / 2;
  let below = 0;
  return ordered.find(({ rows }) => (below += rows) >= half)?.points ?? 0;
}

type Placed = { readonly place: number; readonly predicate: string };

function predicatesOf(binning: Binning): Placed[] {
  const missing = { place: missingPlace(binning), predicate: simple(binning.variable, 'isMissing') };
  const ordinary = binning.kind === 'numeric' ? byCuts(binning) : byGroups(binning);
  return [...bySpecials(binning), missing, ...ordinary];
}

/** Of two specials with one value the later one counts, so they are written backwards. */
function bySpecials(binning: Binning): Placed[] {
  const first = ordinaryCount(binning);
  return binning.specials
    .map(({ values }, at) => {
      const shaped =
        binning.kind === 'numeric' ? values.map(Number).filter(Number.isFinite) : values.map(String);
      return { place: first + at, values: shaped };
    })
    .filter(({ values }) => values.length > 0)
    .map(({ place, values }) => ({ place, predicate: anyOf(binning.variable, values) }))
    .toReversed();
}

/** `[a, b)`: below the first cut, else below the second, and so on; what remains is at or above the last. */
function byCuts({ variable, cuts }: Binning): Placed[] {
  const below = cuts.map((cut, place) => ({ place, predicate: simple(variable, 'lessThan', cut) }));
  return [...below, { place: cuts.length, predicate: simple(variable, 'isNotMissing') }];
}

function byGroups(binning: Binning): Placed[] {
  const groups = binning.groups
    .map((group, place) => ({
      place,
      predicate: group.length === 0 ? '<False/>' : anyOf(binning.variable, group),
    }))
    .toReversed();
  return [...groups, { place: unseenPlace(binning), predicate: '<True/>' }];
}

/** One comparison each, not an Array: there a backslash before a quote could be read in two ways. */
function anyOf(variable: string, values: readonly (number | string)[]): string {
  const parts = values.map((value) => simple(variable, 'equal', value));
  return parts.length === 1
    ? parts.join('')
    : `<CompoundPredicate booleanOperator="or">${parts.join('')}</CompoundPredicate>`;
}

function simple(field: string, operator: string, value?: number | string): string {
  const compared = value === undefined ? '' : ` value="${escape(String(value))}"`;
  return `<SimplePredicate field="${escape(field)}" operator="${operator}"${compared}/>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Characters outside of XML 1.0's Char: controls, lone surrogates, U+FFFE and U+FFFF. */
const UNWRITABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

function escape(text: string): string {
  if (UNWRITABLE.test(text))
    throw hostedRefusal('hosted.card_not_exportable', { name: JSON.stringify(text).slice(1, 61) });
  return text.replace(/[&<>"\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}
