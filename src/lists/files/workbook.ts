import { posix } from 'node:path';
import { LIMITS } from '#kernel';
import { SaxesParser } from 'saxes';
import { type NumberShape, shapeOfFormat, unescapeCell } from './cell-values.ts';
import type { Chunks, Zip, ZipPart } from './containers.ts';
import { fileRefusal, isMachineError } from './file-refusals.ts';

/** A workbook opened at one sheet, with what its cells refer to. */
export type Workbook = {
  sheet: ZipPart;
  strings: readonly string[];
  /** By cell style. */
  shapes: readonly NumberShape[];
  is1904: boolean;
};

export type XmlHandlers = {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text(text: string): void;
  close(name: string): void;
};

/** Markup without any event in it: beyond this the part is not what a spreadsheet writes. */
const XML_SILENCE_CHARACTERS_MAX = 8 * 1024 ** 2;

/** What an unused entry of the string table costs, so that millions of empty strings count as well. */
const STRING_OVERHEAD_BYTES = 16;

/** An Office file is a zip too: a workbook, or another one whose refusal should not speak of archives. */
export function isOffice(zip: Zip): boolean {
  return ['[Content_Types].xml', 'mimetype'].some((path) => findPart(zip, path) !== undefined);
}

/** Opens the named sheet, or the first visible one. Its shared text stays in memory, hence the bound. */
export async function openWorkbook(
  zip: Zip,
  wanted: string | undefined,
  stringsBytesMax: number = LIMITS.workbookStringsBytesMax,
): Promise<Workbook> {
  const path = await findWorkbookPath(zip);
  const part = findPart(zip, path);
  if (part === undefined)
    throw fileRefusal('file.unknown_layout', { seen: 'Office 文件，但不是 XLSX 工作簿' });
  const targets = await readRelations(zip, path);
  const { sheets, is1904 } = await readSheets(part);
  const sheet = findPart(zip, targets.get(chooseSheet(sheets, targets, wanted))?.path ?? '');
  if (sheet === undefined) throw damaged('worksheet part missing');
  const byType = (type: string): ZipPart | undefined =>
    findPart(zip, [...targets.values()].find((target) => target.type === type)?.path ?? '');
  return {
    sheet,
    is1904,
    strings: await readStrings(byType('sharedStrings'), stringsBytesMax),
    shapes: await readShapes(byType('styles')),
  };
}

/** Parses a part as it streams by; yields after each piece so that the caller can hand on what its handlers made. */
export async function* parseXml(chunks: Chunks, handlers: XmlHandlers): AsyncGenerator<void, void> {
  let silence = 0;
  const parser = new SaxesParser({ xmlns: false, position: false } as const);
  const text = (piece: string): void => {
    silence = 0;
    handlers.text(piece);
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('opentag', ({ name, attributes }) => {
    silence = 0;
    handlers.open(localName(name), attributes);
  });
  parser.on('closetag', ({ name }) => handlers.close(localName(name)));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of chunks) {
      silence += chunk.length;
      parser.write(decoder.decode(chunk, { stream: true }));
      if (silence > XML_SILENCE_CHARACTERS_MAX) throw damaged('XML');
      yield;
    }
    parser.close();
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'Refusal' || isMachineError(error)) throw error;
    throw damaged(error.message.slice(0, 200));
  }
  yield;
}

export function damaged(reason: string): Error {
  return fileRefusal('file.workbook_damaged', { reason });
}

async function parseWhole(part: ZipPart, handlers: XmlHandlers): Promise<void> {
  for await (const _ of parseXml(await part.open(), handlers));
}

type Relation = { type: string; path: string };

async function findWorkbookPath(zip: Zip): Promise<string> {
  const relations = await readRelations(zip, '');
  return [...relations.values()].find(({ type }) => type === 'officeDocument')?.path ?? 'xl/workbook.xml';
}

/** What a part refers to, by id; paths are absolute in the archive. */
async function readRelations(zip: Zip, path: string): Promise<Map<string, Relation>> {
  const relations = new Map<string, Relation>();
  const folder = posix.dirname(path);
  const part = findPart(zip, posix.join(folder, '_rels', `${posix.basename(path)}.rels`));
  if (part === undefined) return relations;
  await parseWhole(part, {
    open(name, { Id = '', Type = '', Target = '' }) {
      if (name !== 'Relationship') return;
      const target = Target.startsWith('/') ? Target.slice(1) : posix.join(folder, Target);
      relations.set(Id, { type: posix.basename(Type), path: target });
    },
    text: () => {},
    close: () => {},
  });
  return relations;
}

type Sheet = { name: string; isHidden: boolean; relation: string };

async function readSheets(part: ZipPart): Promise<{ sheets: Sheet[]; is1904: boolean }> {
  const sheets: Sheet[] = [];
  let is1904 = false;
  await parseWhole(part, {
    open(name, attributes) {
      if (name === 'workbookPr') is1904 = /^(1|true)$/.test(attributes.date1904 ?? '');
      if (name !== 'sheet') return;
      const relation =
        Object.entries(attributes).find(([key]) => localName(key) === 'id' && key !== 'id')?.[1] ?? '';
      const state = attributes.state ?? 'visible';
      sheets.push({ name: attributes.name ?? '', isHidden: state !== 'visible', relation });
    },
    text: () => {},
    close: () => {},
  });
  return { sheets, is1904 };
}

/** A sheet named by the mapping may be hidden; one found by itself may not. Chart sheets have no rows. */
function chooseSheet(
  sheets: readonly Sheet[],
  targets: ReadonlyMap<string, Relation>,
  wanted: string | undefined,
): string {
  const withRows = sheets.filter(({ relation }) => targets.get(relation)?.type === 'worksheet');
  const visible = withRows.filter(({ isHidden }) => !isHidden);
  const found =
    wanted === undefined ? visible[0] : withRows.find(({ name }) => name.trim() === wanted.trim());
  if (found !== undefined) return found.relation;
  if (wanted === undefined) throw damaged('no visible worksheet');
  throw fileRefusal('file.sheet_missing', {
    sheet: wanted,
    sheets: visible.map(({ name }) => name).join('、'),
  });
}

/** Rich text is joined; phonetic runs (`rPh`), which repeat the text in another script, are left out. */
async function readStrings(part: ZipPart | undefined, bytesMax: number): Promise<string[]> {
  const strings: string[] = [];
  if (part === undefined) return strings;
  let bytes = 0;
  let current = '';
  let isText = false;
  let isPhonetic = false;
  await parseWhole(part, {
    open(name) {
      if (name === 'si') current = '';
      else if (name === 'rPh') isPhonetic = true;
      isText = name === 't' && !isPhonetic;
    },
    text(piece) {
      if (!isText) return;
      current += piece;
      if (bytes + current.length * 2 > bytesMax) throw fileRefusal('file.workbook_strings', { bytesMax });
    },
    close(name) {
      isText = false;
      if (name === 'rPh') isPhonetic = false;
      if (name !== 'si') return;
      bytes += current.length * 2 + STRING_OVERHEAD_BYTES;
      if (bytes > bytesMax) throw fileRefusal('file.workbook_strings', { bytesMax });
      strings.push(detach(unescapeCell(current)));
    },
  });
  return strings;
}

/** A copy that does not keep the whole piece of markup alive that it was cut from. */
function detach(text: string): string {
  return text.length < 13 ? text : Buffer.from(text).toString();
}

async function readShapes(part: ZipPart | undefined): Promise<NumberShape[]> {
  const shapes: NumberShape[] = [];
  if (part === undefined) return shapes;
  const codes = new Map<number, string>();
  let isCellFormats = false;
  await parseWhole(part, {
    open(name, { numFmtId = '0', formatCode = '' }) {
      if (name === 'numFmt') codes.set(Number(numFmtId), formatCode);
      else if (name === 'cellXfs') isCellFormats = true;
      else if (name === 'xf' && isCellFormats) {
        shapes.push(shapeOfFormat(Number(numFmtId), codes.get(Number(numFmtId))));
      }
    },
    text: () => {},
    close(name) {
      if (name === 'cellXfs') isCellFormats = false;
    },
  });
  return shapes;
}

/** Part names do not mind case (ECMA-376-2 §6.2.2). */
function findPart(zip: Zip, path: string): ZipPart | undefined {
  return zip.parts.find(({ name }) => name.toLowerCase() === path.toLowerCase());
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
