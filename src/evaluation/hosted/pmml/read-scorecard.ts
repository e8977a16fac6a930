import { readNumber, readWord, requireAttribute, requireChild, requireShape, wrong } from './elements.ts';
import { readFields } from './read-fields.ts';
import { fieldsOfPredicate, PREDICATES, readPredicate } from './read-predicate.ts';
import { readXml, type XmlElement } from './read-xml.ts';
import type { Characteristic, PmmlField, Scorecard, ScorecardAttribute } from './scorecard.ts';

const NAMESPACE = /^http:\/\/www\.dmg\.org\/PMML-4_[0-4]$/;
const VERSION = /^4\.[0-4](\.[0-9])?$/;

/**
 * Reads a PMML 4.0 to 4.4 file that holds one Scorecard. Every element and attribute that this reader does not run is
 * refused with its name and line. Throws `hosted.pmml_broken`, `hosted.pmml_element`, `hosted.pmml_wrong`.
 */
export function readScorecard(bytes: Uint8Array): Scorecard {
  const root = readXml(bytes);
  if (root.name !== 'PMML') throw wrong(root, '根元素不是 PMML', 'the root element is not PMML');
  requireShape(root, {
    attributes: ['version', 'xmlns', 'xmlns:xsi', 'xsi:schemaLocation'],
    children: ['Header', 'DataDictionary', 'Scorecard'],
  });
  const isVersion4 =
    VERSION.test(requireAttribute(root, 'version')) && NAMESPACE.test(requireAttribute(root, 'xmlns'));
  if (!isVersion4) throw wrong(root, '不是 PMML 4.0 至 4.4', 'it is not PMML 4.0 to 4.4');
  requireHeader(requireChild(root, 'Header'));
  return readModel(requireChild(root, 'Scorecard'), requireChild(root, 'DataDictionary'));
}

function requireHeader(header: XmlElement): void {
  requireShape(header, {
    attributes: ['copyright', 'description', 'modelVersion'],
    children: ['Application', 'Annotation', 'Timestamp'],
  });
  for (const child of header.children) requireShape(child, { attributes: ['name', 'version'] });
}

const MODEL_ATTRIBUTES = [
  'modelName',
  'functionName',
  'algorithmName',
  'initialScore',
  'useReasonCodes',
  'reasonCodeAlgorithm',
  'baselineScore',
  'baselineMethod',
  'isScorable',
];

function readModel(model: XmlElement, dictionary: XmlElement): Scorecard {
  requireShape(model, {
    attributes: MODEL_ATTRIBUTES,
    children: ['MiningSchema', 'Output', 'Characteristics'],
  });
  readWord(model, 'functionName', { words: ['regression'] });
  readWord(model, 'isScorable', { words: ['true'], otherwise: 'true' });
  const hasReasons =
    readWord(model, 'useReasonCodes', { words: ['true', 'false'], otherwise: 'true' }) === 'true';
  const fields = readFields(dictionary, requireChild(model, 'MiningSchema'));
  for (const output of model.children.filter(({ name }) => name === 'Output')) requireOutput(output);
  const characteristics = requireChild(model, 'Characteristics');
  requireShape(characteristics, { attributes: [], children: ['Characteristic'] });
  const given = { fields, hasReasons, baselineScore: readNumber(model, 'baselineScore') };
  return {
    modelName: model.attributes.get('modelName') ?? '',
    fields,
    initialScore: readNumber(model, 'initialScore') ?? 0,
    hasReasons,
    reasonCodeAlgorithm: readWord(model, 'reasonCodeAlgorithm', {
      words: ['pointsAbove', 'pointsBelow'],
      otherwise: 'pointsBelow',
    }),
    characteristics: characteristics.children.map((element, at) => readCharacteristic(element, at, given)),
  };
}

/** What the node returns is fixed; an output may ask for no more than that. */
function requireOutput(output: XmlElement): void {
  requireShape(output, { attributes: [], children: ['OutputField'] });
  for (const field of output.children) {
    requireShape(field, {
      attributes: [
        'name',
        'displayName',
        'optype',
        'dataType',
        'feature',
        'rank',
        'targetField',
        'isFinalResult',
      ],
    });
    readWord(field, 'feature', { words: ['predictedValue', 'reasonCode'], otherwise: 'predictedValue' });
  }
}

type Given = {
  readonly fields: ReadonlyMap<string, PmmlField>;
  readonly hasReasons: boolean;
  readonly baselineScore: number | undefined;
};

function readCharacteristic(element: XmlElement, at: number, given: Given): Characteristic {
  requireShape(element, { attributes: ['name', 'reasonCode', 'baselineScore'], children: ['Attribute'] });
  const baselineScore = readNumber(element, 'baselineScore') ?? given.baselineScore;
  if (given.hasReasons && baselineScore === undefined)
    throw wrong(element, '缺少 baselineScore', 'baselineScore is missing');
  const reasonCode = element.attributes.get('reasonCode');
  const attributes = element.children.map((child) => readAttribute(child, { ...given, reasonCode }));
  const used = new Set(attributes.flatMap(({ predicate }) => fieldsOfPredicate(predicate)));
  if (attributes.length === 0 || used.size > 1)
    throw wrong(element, '须有 Attribute，且只看一个字段', 'it needs attributes that look at one field');
  const [field] = used;
  const name = element.attributes.get('name') ?? `characteristic ${at + 1}`;
  return { name, field, baselineScore: baselineScore ?? 0, attributes };
}

function readAttribute(
  element: XmlElement,
  { fields, hasReasons, ...above }: Given & { reasonCode: string | undefined },
): ScorecardAttribute {
  requireShape(element, { attributes: ['partialScore', 'reasonCode'], children: PREDICATES });
  const [predicate, other] = element.children;
  const partialScore = readNumber(element, 'partialScore');
  if (predicate === undefined || other !== undefined || partialScore === undefined)
    throw wrong(element, '须有一个谓词和 partialScore', 'it needs one predicate and a partialScore');
  const reasonCode = element.attributes.get('reasonCode') ?? above.reasonCode;
  if (hasReasons && reasonCode === undefined)
    throw wrong(element, '缺少 reasonCode', 'reasonCode is missing');
  return { predicate: readPredicate(predicate, fields), partialScore, reasonCode };
}
