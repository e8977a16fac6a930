import assert from 'node:assert';

/** Hex digits kept for the signature; certificates of a city with one intermediate take about 6 000. */
const SIGNATURE_HEX_DIGITS = 16_384;

/** The byte range before it is known: room for three offsets of ten digits. */
const UNKNOWN_RANGE = '[0 ********** ********** **********]';

type Signing = {
  readonly reason: string;
  readonly name: string;
  readonly at: Date;
  /** The detached signature over the content, DER. */
  readonly sign: (content: Buffer) => Buffer;
};

/** Adds a signature over every byte of the file but its own place (ISO 32000-2, 12.8.1). */
export function signPdf(pdf: Buffer, by: Signing): Buffer {
  const prepared = addSignaturePlaceholder(pdf, by);
  const before = prepared.indexOf('/Contents <', pdf.length) + '/Contents '.length;
  const after = before + SIGNATURE_HEX_DIGITS + '<>'.length;
  const range = `[0 ${before} ${after} ${prepared.length - after}]`.padEnd(UNKNOWN_RANGE.length);
  prepared.write(range, prepared.indexOf(UNKNOWN_RANGE, pdf.length), 'latin1');
  const content = Buffer.concat([prepared.subarray(0, before), prepared.subarray(after)]);
  const hex = by.sign(content).toString('hex');
  assert.ok(hex.length <= SIGNATURE_HEX_DIGITS, 'the signature does not fit into its place');
  prepared.write(hex, before + '<'.length, 'latin1');
  return prepared;
}

/**
 * Adds an empty signature field to a PDF as an incremental update: signature dictionary, invisible widget on the
 * first page, form. Unlike the general placeholders it keeps `/ID` and `/Info` in the new trailer, which PDF/A asks
 * for. Reads only what our compiler writes (one classic cross-reference table); anything else fails an assertion.
 */
function addSignaturePlaceholder(pdf: Buffer, by: Signing): Buffer {
  const source = readSource(pdf);
  const signature = source.size;
  const widget = source.size + 1;
  const page = firstPage(source, source.rootBody);
  const objects = [
    { number: signature, body: signatureBody(by) },
    { number: widget, body: widgetBody(signature, page) },
    { number: page, body: extended(bodyOf(source, page), `/Annots [${widget} 0 R]`) },
    {
      number: source.root,
      body: extended(source.rootBody, `/AcroForm << /Fields [${widget} 0 R] /SigFlags 3 >>`),
    },
  ];
  return appended(source, objects);
}

type Source = {
  pdf: Buffer;
  offsets: ReadonlyMap<number, number>;
  size: number;
  root: number;
  rootBody: string;
  trailer: string;
  startXref: number;
};

function readSource(pdf: Buffer): Source {
  const tail = pdf.toString('latin1', Math.max(0, pdf.length - 1024));
  const startXref = Number(match(tail, /startxref\s+(\d+)\s+%%EOF\s*$/));
  const table = pdf.toString('latin1', startXref);
  const size = Number(match(table, /^xref\n0 (\d+)\n/));
  const entries = table.slice(table.indexOf('\n', 5) + 1);
  const offsets = new Map<number, number>();
  for (let number = 1; number < size; number += 1) {
    const entry = entries.slice(20 * number, 20 * number + 18);
    if (entry.endsWith('n')) offsets.set(number, Number(entry.slice(0, 10)));
  }
  const trailer = match(table, /trailer\s*<<([\s\S]*?)>>\s*startxref/);
  const root = Number(match(trailer, /\/Root (\d+) 0 R/));
  const source = { pdf, offsets, size, root, rootBody: '', trailer, startXref };
  return { ...source, rootBody: bodyOf(source, root) };
}

/** An object's text between `obj` and `endobj`; for dictionaries only, never for streams. */
function bodyOf({ pdf, offsets }: Pick<Source, 'pdf' | 'offsets'>, number: number): string {
  const start = offsets.get(number);
  assert.ok(start !== undefined, `no object ${number}`);
  const text = pdf.toString('latin1', start, pdf.indexOf('endobj', start));
  return match(text, new RegExp(`^${number} 0 obj\\s+([\\s\\S]*?)\\s*$`));
}

function firstPage(source: Source, rootBody: string): number {
  let number = Number(match(rootBody, /\/Pages (\d+) 0 R/));
  for (let depth = 0; depth < 16; depth += 1) {
    const body = bodyOf(source, number);
    if (/\/Type \/Page\b(?!s)/.test(body)) return number;
    number = Number(match(body, /\/Kids \[(\d+) 0 R/));
  }
  throw new assert.AssertionError({ message: 'page tree deeper than 16' });
}

function signatureBody({ reason, name, at }: Signing): string {
  return [
    '<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached',
    `/ByteRange ${UNKNOWN_RANGE}`,
    `/Contents <${'0'.repeat(SIGNATURE_HEX_DIGITS)}>`,
    `/Reason ${textString(reason)} /Name ${textString(name)} /M (${pdfDate(at)}) >>`,
  ].join('\n');
}

function widgetBody(signature: number, page: number): string {
  const field = `/FT /Sig /T (Signature1) /V ${signature} 0 R`;
  return `<< /Type /Annot /Subtype /Widget ${field} /Rect [0 0 0 0] /F 132 /P ${page} 0 R >>`;
}

function extended(dictionary: string, entry: string): string {
  assert.ok(dictionary.endsWith('>>'), 'not a dictionary');
  assert.ok(!dictionary.includes(entry.split(' ', 1)[0] ?? ''), 'entry is there already');
  return `${dictionary.slice(0, -2)}${entry} >>`;
}

function appended(source: Source, objects: readonly { number: number; body: string }[]): Buffer {
  let update = '\n';
  const places = new Map<number, number>();
  for (const { number, body } of objects) {
    places.set(number, source.pdf.length + update.length);
    update += `${number} 0 obj\n${body}\nendobj\n`;
  }
  const startXref = source.pdf.length + update.length;
  const size = Math.max(source.size, ...places.keys()) + 1;
  update += `xref\n${crossReferences(places)}trailer\n<<${trailerWith(source, size)}>>\n`;
  update += `startxref\n${startXref}\n%%EOF\n`;
  return Buffer.concat([source.pdf, Buffer.from(update, 'latin1')]);
}

function crossReferences(places: ReadonlyMap<number, number>): string {
  return [...places]
    .sort(([a], [b]) => a - b)
    .map(([number, offset]) => `${number} 1\n${String(offset).padStart(10, '0')} 00000 n \n`)
    .join('');
}

function trailerWith(source: Source, size: number): string {
  const kept = source.trailer.replace(/\/Size \d+/, `/Size ${size}`).trimEnd();
  return `${kept}\n  /Prev ${source.startXref}\n`;
}

/** Text string of PDF: UTF-16BE with its mark, in hex. */
function textString(text: string): string {
  return `<FEFF${Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()}>`;
}

function pdfDate(at: Date): string {
  return `D:${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
}

function match(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  assert.ok(found !== undefined, `PDF without ${pattern.source}`);
  return found;
}
