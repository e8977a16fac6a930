import { SaxesParser } from 'saxes';
import { HOSTED_LIMITS } from '../hosted-limits.ts';
import { hostedRefusal } from '../hosted-refusals.ts';

/** One element with its place in the file; attributes in the order written. */
export type XmlElement = {
  readonly name: string;
  /** Names from the root, `/PMML/Scorecard`. */
  readonly path: string;
  readonly line: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
};

/**
 * The whole file as a tree: UTF-8, well formed, no DOCTYPE and so no entities but XML's own five. Size, depth and number of
 * elements are bounded while it is read. Throws `hosted.too_large` or `hosted.pmml_broken`.
 */
export function readXml(bytes: Uint8Array): XmlElement {
  const { pmmlBytesMax } = HOSTED_LIMITS;
  if (bytes.length > pmmlBytesMax)
    throw hostedRefusal('hosted.too_large', { bytes: bytes.length, limit: pmmlBytesMax });
  const parser = new SaxesParser({ xmlns: false, position: true } as const);
  const tree = buildTree(parser);
  parser.on('error', (error) => {
    throw broken(parser.line, '不是格式良好的 XML', error.message.replace(/^[0-9:]+ */, '').slice(0, 200));
  });
  parser.on('doctype', () => {
    throw broken(parser.line, '带有 DOCTYPE', 'it has a DOCTYPE');
  });
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8')
      throw broken(1, '编码不是 UTF-8', 'its encoding is not UTF-8');
  });
  parser.write(decode(bytes)).close();
  if (tree.root === undefined) throw broken(1, '没有内容', 'it is empty');
  return tree.root;
}

type Tree = { root?: XmlElement };

function buildTree(parser: SaxesParser<{ xmlns: false; position: true }>): Tree {
  const tree: Tree = {};
  const open: XmlElement[] = [];
  let count = 0;
  parser.on('opentag', ({ name, attributes }) => {
    count += 1;
    const { pmmlDepthMax, pmmlElementsMax } = HOSTED_LIMITS;
    if (open.length >= pmmlDepthMax || count > pmmlElementsMax)
      throw broken(parser.line, '嵌套过深或元素过多', 'it is nested too deep or has too many elements');
    const above = open.at(-1);
    const element: XmlElement = {
      name,
      path: `${above?.path ?? ''}/${name}`,
      line: parser.line,
      attributes: new Map(Object.entries(attributes)),
      children: [],
      text: '',
    };
    if (above === undefined) tree.root = element;
    else above.children.push(element);
    open.push(element);
  });
  const addText = (text: string): void => {
    const inner = open.at(-1);
    if (inner !== undefined) inner.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => void open.pop());
  return tree;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw broken(1, '编码不是 UTF-8', 'its encoding is not UTF-8');
    throw error;
  }
}

function broken(line: number, zh: string, en: string): Error {
  return hostedRefusal('hosted.pmml_broken', { line, zh, en });
}
