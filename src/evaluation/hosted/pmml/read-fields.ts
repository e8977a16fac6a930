import {
  childrenNamed,
  parseNumber,
  readNumber,
  readWord,
  requireAttribute,
  requireShape,
  toNumber,
  wrong,
} from './elements.ts';
import type { XmlElement } from './read-xml.ts';
import type { Cell, PmmlField, PmmlInterval } from './scorecard.ts';

type DataField = Pick<
  PmmlField,
  'name' | 'kind' | 'isInteger' | 'valid' | 'invalid' | 'missing' | 'intervals'
>;

/** The fields that the model uses: what the dictionary says of them, and what the mining schema does with them. */
export function readFields(dictionary: XmlElement, schema: XmlElement): ReadonlyMap<string, PmmlField> {
  requireShape(dictionary, { attributes: ['numberOfFields'], children: ['DataField'] });
  requireShape(schema, { attributes: [], children: ['MiningField'] });
  const known = new Map<string, DataField>();
  const others = new Set<string>();
  for (const element of dictionary.children) {
    const field = readDataField(element);
    if (field === undefined) others.add(requireAttribute(element, 'name'));
    else addOnce(element, known, field);
  }
  const used = new Map<string, PmmlField>();
  for (const element of schema.children) {
    const field = readMiningField(element, known, others);
    if (field !== undefined) addOnce(element, used, field);
  }
  return used;
}

function addOnce<Field extends { name: string }>(
  element: XmlElement,
  fields: Map<string, Field>,
  field: Field,
): void {
  if (fields.has(field.name))
    throw wrong(element, `字段 ${field.name} 出现两次`, `field ${field.name} comes twice`);
  fields.set(field.name, field);
}

const NUMBERS: ReadonlySet<string> = new Set(['integer', 'float', 'double']);
const DATA_TYPES = ['string', 'integer', 'float', 'double', 'boolean', 'date', 'dateTime', 'time'] as const;

/** Undefined: of a type that scores do not use; it may stand in the dictionary but not be an active field. */
function readDataField(element: XmlElement): DataField | undefined {
  requireShape(element, {
    attributes: ['name', 'displayName', 'optype', 'dataType', 'isCyclic'],
    children: ['Value', 'Interval'],
  });
  readWord(element, 'isCyclic', { words: ['0'], otherwise: '0' });
  const optype = readWord(element, 'optype', { words: ['categorical', 'ordinal', 'continuous'] });
  const dataType = readWord(element, 'dataType', { words: DATA_TYPES });
  if (dataType !== 'string' && !NUMBERS.has(dataType)) return undefined;
  const kind = dataType === 'string' ? 'text' : 'number';
  if (kind === 'text' && optype === 'continuous')
    throw wrong(element, '文本不能是 continuous', 'a text cannot be continuous');
  return {
    name: requireAttribute(element, 'name'),
    kind,
    isInteger: dataType === 'integer',
    ...readValues(element, kind),
    intervals: childrenNamed(element, 'Interval').map((interval) => readInterval(interval, kind)),
  };
}

function readValues(
  element: XmlElement,
  kind: PmmlField['kind'],
): Pick<DataField, 'valid' | 'invalid' | 'missing'> {
  const values = { valid: new Set<Cell>(), invalid: new Set<Cell>(), missing: new Set<Cell>() };
  for (const one of childrenNamed(element, 'Value')) {
    requireShape(one, { attributes: ['value', 'displayValue', 'property'] });
    const property = readWord(one, 'property', {
      words: ['valid', 'invalid', 'missing'],
      otherwise: 'valid',
    });
    const text = one.attributes.get('value');
    if (text === undefined) throw wrong(one, '缺少 value', 'value is missing');
    values[property].add(kind === 'text' ? text : toNumber(one, 'value', text));
  }
  return values;
}

const CLOSURES = ['openClosed', 'openOpen', 'closedOpen', 'closedClosed'] as const;

function readInterval(element: XmlElement, kind: PmmlField['kind']): PmmlInterval {
  requireShape(element, { attributes: ['closure', 'leftMargin', 'rightMargin'] });
  if (kind !== 'number') throw wrong(element, '只有数值字段可以有区间', 'only numbers have intervals');
  const closure = readWord(element, 'closure', { words: CLOSURES });
  return {
    left: readNumber(element, 'leftMargin') ?? Number.NEGATIVE_INFINITY,
    right: readNumber(element, 'rightMargin') ?? Number.POSITIVE_INFINITY,
    isLeftOpen: closure.startsWith('open'),
    isRightOpen: closure.endsWith('Open'),
  };
}

const MINING_ATTRIBUTES = [
  'name',
  'usageType',
  'optype',
  'importance',
  'outliers',
  'lowValue',
  'highValue',
  'missingValueReplacement',
  'missingValueTreatment',
  'invalidValueTreatment',
  'invalidValueReplacement',
];
const USAGES = ['active', 'predicted', 'target', 'supplementary'] as const;
const INVALID_TREATMENTS = ['returnInvalid', 'asIs', 'asMissing', 'asValue'] as const;
const OUTLIERS = ['asIs', 'asMissingValues', 'asExtremeValues'] as const;
/** How the replacement was found; the replacement is what counts. */
const MISSING_TREATMENTS = ['asIs', 'asMean', 'asMode', 'asMedian', 'asValue', 'returnInvalid'] as const;

/** Undefined: the model gives it or leaves it aside. */
function readMiningField(
  element: XmlElement,
  known: ReadonlyMap<string, DataField>,
  others: ReadonlySet<string>,
): PmmlField | undefined {
  requireShape(element, { attributes: MINING_ATTRIBUTES });
  const name = requireAttribute(element, 'name');
  const isActive = readWord(element, 'usageType', { words: USAGES, otherwise: 'active' }) === 'active';
  const data = known.get(name);
  if (data === undefined && others.has(name) && isActive)
    throw wrong(element, `${name} 的数据类型不用于评分`, `${name} is of a type that scores do not use`);
  if (data === undefined && !others.has(name))
    throw wrong(element, `字典里没有字段 ${name}`, `the dictionary has no field ${name}`);
  if (data === undefined || !isActive) return undefined;
  const field = { ...data, ...readTreatments(element, data.kind) };
  const needsBounds = field.outliers !== 'asIs' && !(field.low <= field.high);
  const needsValue = field.whenInvalid === 'asValue' && field.invalidReplacement === null;
  if (needsBounds || needsValue)
    throw wrong(element, '缺少处理所需的值', 'a value that the treatment needs is missing');
  return field;
}

function readTreatments(element: XmlElement, kind: PmmlField['kind']) {
  const replacement = (name: string): Cell => {
    const text = element.attributes.get(name);
    if (text === undefined) return null;
    const value = kind === 'text' ? text : parseNumber(text);
    if (value === undefined) throw wrong(element, `${name} 不是数`, `${name} is no number`);
    return value;
  };
  const whenMissing = readWord(element, 'missingValueTreatment', {
    words: MISSING_TREATMENTS,
    otherwise: 'asIs',
  });
  return {
    whenInvalid: readWord(element, 'invalidValueTreatment', {
      words: INVALID_TREATMENTS,
      otherwise: 'returnInvalid',
    }),
    invalidReplacement: replacement('invalidValueReplacement'),
    whenMissing: whenMissing === 'returnInvalid' ? ('returnInvalid' as const) : ('keep' as const),
    missingReplacement: replacement('missingValueReplacement'),
    outliers: readWord(element, 'outliers', { words: OUTLIERS, otherwise: 'asIs' }),
    low: readNumber(element, 'lowValue') ?? Number.NaN,
    high: readNumber(element, 'highValue') ?? Number.NaN,
  };
}
