import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { type FileHints, type OpenedFile, openRows, type RowBatch } from './open-rows.ts';

/** A file for the zip writer; `flags` and `declaredSize` are for archives that lie or are locked. */
export type ZipFileToWrite = { name: string; bytes: Buffer | string; flags?: number; declaredSize?: number };

/** Writes the bytes into a folder that goes with the test; returns the path. */
export function writeSample(t: Pick<TestContext, 'after'>, name: string, bytes: Buffer | string): string {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-files-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Everything a file gives. */
export async function readAll(
  path: string,
  hints: FileHints = {},
): Promise<{ file: OpenedFile; rows: RowBatch['rows'] }> {
  const file = await openRows(path, hints);
  const rows: RowBatch['rows'] = [];
  for await (const batch of file.batches) rows.push(...batch.rows);
  return { file, rows };
}

/** A deflated zip with a central directory, by the letter of APPNOTE 4.3. */
export function makeZip(files: readonly ZipFileToWrite[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, flags = 0x800, declaredSize } of files) {
    const plain = Buffer.from(bytes);
    const packed = deflateRawSync(plain);
    const nameBytes = Buffer.from(name, flags & 0x800 ? 'utf8' : 'latin1');
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(flags, 2);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt32LE(crc32(plain), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(declaredSize ?? plain.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, nameBytes, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    const made = Buffer.from('PK\x01\x02\x14\x00', 'latin1');
    centrals.push(Buffer.concat([made, shared, tail, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  return Buffer.concat([
    ...locals,
    ...centrals,
    endOfDirectory(files.length, Buffer.concat(centrals).length, offset),
  ]);
}

function endOfDirectory(entries: number, bytes: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

/** Parts of a workbook that a test wants otherwise than empty. `sheets` are the insides of `sheetData`. */
export type WorkbookToWrite = {
  sheets: readonly { name: string; data: string; state?: string }[];
  strings?: string;
  numberFormats?: string;
  styles?: readonly number[];
  is1904?: boolean;
};

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006/relationships';

export function makeWorkbook({ sheets, strings, numberFormats, styles, is1904 }: WorkbookToWrite): Buffer {
  const list = sheets.map(
    ({ name, state }, at) =>
      `<sheet name="${name}" sheetId="${at + 1}" state="${state ?? 'visible'}" r:id="rId${at + 1}"/>`,
  );
  const relations = [
    ...sheets.map((_, at) => relation(`rId${at + 1}`, 'worksheet', `worksheets/sheet${at + 1}.xml`)),
    relation('rIdA', 'styles', 'styles.xml'),
    relation('rIdB', 'sharedStrings', '/xl/sharedStrings.xml'),
  ];
  const xfs = (styles ?? []).map((id) => `<xf numFmtId="${id}"/>`);
  return makeZip([
    { name: '[Content_Types].xml', bytes: '<Types/>' },
    {
      name: '_rels/.rels',
      bytes: `<Relationships xmlns="${PACKAGE}">${relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      bytes: `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><workbookPr date1904="${is1904 ? 1 : 0}"/><sheets>${list.join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      bytes: `<Relationships xmlns="${PACKAGE}">${relations.join('')}</Relationships>`,
    },
    { name: 'xl/sharedStrings.xml', bytes: `<sst xmlns="${MAIN}">${strings ?? ''}</sst>` },
    {
      name: 'xl/styles.xml',
      bytes: `<styleSheet xmlns="${MAIN}"><numFmts>${numberFormats ?? ''}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${xfs.join('')}</cellXfs></styleSheet>`,
    },
    ...sheets.map(({ data }, at) => ({
      name: `xl/worksheets/sheet${at + 1}.xml`,
      bytes: `<worksheet xmlns="${MAIN}"><sheetData>${data}</sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>`,
    })),
  ]);
}

function relation(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`;
}

/** A row of inline texts; '' leaves the cell out. */
export function textRow(rowNo: number, cells: readonly string[]): string {
  const column = (at: number): string => String.fromCharCode(65 + at);
  const written = cells.map((cell, at) =>
    cell === '' ? '' : `<c r="${column(at)}${rowNo}" t="inlineStr"><is><t>${cell}</t></is></c>`,
  );
  return `<row r="${rowNo}">${written.join('')}</row>`;
}
