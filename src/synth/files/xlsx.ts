import { deflateRawSync, crc32 } from 'node:zlib';
import { openDeflate } from './deflate.ts';

/** Rows a sheet can hold, its header included. */
export const XLSX_ROWS_MAX = 1_048_576;

const SHEET_OPEN =
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
  '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>';
const SHEET_CLOSE = '</sheetData></worksheet>';

const PARTS: readonly (readonly [string, string])[] = [
  [
    '[Content_Types].xml',
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
  ],
  [
    '_rels/.rels',
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
  ],
  [
    'xl/workbook.xml',
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="合成数据" sheetId="1" r:id="rId1"/></sheets></workbook>',
  ],
  [
    'xl/_rels/workbook.xml.rels',
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
  ],
];

/** One row of the sheet; cells are inline strings, as many exports of departments write them. */
export function sheetRow(cells: readonly string[]): string {
  const columns = cells.map((cell) =>
    cell === '' ? '<c/>' : `<c t="inlineStr"><is><t>${escapeXml(cell)}</t></is></c>`,
  );
  return `<row>${columns.join('')}</row>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A workbook of one sheet as a zip archive (APPNOTE 6.3), written front to back; sizes of the sheet follow it. */
export function openWorkbook(write: (bytes: Buffer) => void): { push(text: string): void; end(): void } {
  const entries: Entry[] = [];
  let offset = 0;
  const put = (bytes: Buffer) => {
    write(bytes);
    offset += bytes.length;
  };
  for (const [name, text] of PARTS) entries.push(putWhole(name, text, { put, offset: () => offset }));
  const name = 'xl/worksheets/sheet1.xml';
  const start = offset;
  put(localHeader(name, { flags: FOLLOWS, crc: 0, packed: 0, size: 0 }));
  const bodyStart = offset;
  const sheet = openDeflate();
  put(sheet.push(Buffer.from(SHEET_OPEN)));
  return {
    push: (text) => put(sheet.push(Buffer.from(text))),
    end() {
      put(sheet.push(Buffer.from(SHEET_CLOSE)));
      put(sheet.end());
      const entry = { name, flags: FOLLOWS, packed: offset - bodyStart, ...sheet.totals(), offset: start };
      put(dataDescriptor(entry));
      entries.push(entry);
      put(directory(entries, offset));
    },
  };
}

type Entry = { name: string; flags: number; crc: number; packed: number; size: number; offset: number };

/** Bit 3: sizes stand after the data; bit 11: names are UTF-8. */
const FOLLOWS = 0x0808;
const KNOWN = 0x0800;
const DEFLATED = 8;
/** 1980-01-01, the first day a zip can say: the same bytes every time. */
const DOS_DATE = 0x21;

function putWhole(
  name: string,
  text: string,
  { put, offset }: { put: (bytes: Buffer) => void; offset: () => number },
): Entry {
  const body = Buffer.from(text);
  const packed = deflateRawSync(body);
  const entry = {
    name,
    flags: KNOWN,
    crc: crc32(body),
    packed: packed.length,
    size: body.length,
    offset: offset(),
  };
  put(localHeader(name, entry));
  put(packed);
  return entry;
}

function localHeader(name: string, { flags, crc, packed, size }: Omit<Entry, 'name' | 'offset'>): Buffer {
  const bytes = Buffer.alloc(30);
  bytes.writeUInt32LE(0x04034b50, 0);
  bytes.writeUInt16LE(20, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt16LE(DEFLATED, 8);
  bytes.writeUInt16LE(DOS_DATE, 12);
  bytes.writeUInt32LE(crc, 14);
  bytes.writeUInt32LE(packed, 18);
  bytes.writeUInt32LE(size, 22);
  bytes.writeUInt16LE(name.length, 26);
  return Buffer.concat([bytes, Buffer.from(name)]);
}

function dataDescriptor({ crc, packed, size }: Entry): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(crc, 4);
  bytes.writeUInt32LE(packed, 8);
  bytes.writeUInt32LE(size, 12);
  return bytes;
}

function directory(entries: readonly Entry[], start: number): Buffer {
  const heads = entries.map(({ name, flags, crc, packed, size, offset }) => {
    const bytes = Buffer.alloc(46);
    bytes.writeUInt32LE(0x02014b50, 0);
    bytes.writeUInt16LE(20, 4);
    bytes.writeUInt16LE(20, 6);
    bytes.writeUInt16LE(flags, 8);
    bytes.writeUInt16LE(DEFLATED, 10);
    bytes.writeUInt16LE(DOS_DATE, 14);
    bytes.writeUInt32LE(crc, 16);
    bytes.writeUInt32LE(packed, 20);
    bytes.writeUInt32LE(size, 24);
    bytes.writeUInt16LE(name.length, 28);
    bytes.writeUInt32LE(offset, 42);
    return Buffer.concat([bytes, Buffer.from(name)]);
  });
  const length = heads.reduce((sum, head) => sum + head.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(length, 12);
  end.writeUInt32LE(start, 16);
  return Buffer.concat([...heads, end]);
}
