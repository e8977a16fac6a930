import { defineRefusals } from '#kernel';

/** Files that cannot be read as rows at all. Broken rows inside a readable file are not refusals. */
export const fileRefusal = defineRefusals({
  'file.empty': {
    status: 422,
    clause: '6',
    zh: '文件是空的{entry}，没有表头也没有数据。',
    en: 'The file is empty{entry}: no header and no data.',
    remedyZh: '请确认导出成功后重新报送；当期确无数据时，请报送只有表头的文件。',
    remedyEn:
      'Check the export and deliver again; for a period without data deliver a file with the header alone.',
  },
  'file.unknown_layout': {
    status: 415,
    clause: '6',
    zh: '文件不是可识别的表格，看起来是：{seen}。',
    en: 'The file is no table this node can read; it looks like: {seen}.',
    remedyZh: '请另存为 CSV（UTF-8）、XLSX 或 JSON Lines 后重新报送，可用 gzip 或 zip 压缩。',
    remedyEn: 'Save it as CSV (UTF-8), XLSX or JSON Lines and deliver again; gzip and zip are accepted.',
  },
  'file.encoding_utf16': {
    status: 415,
    clause: '6',
    zh: '文件是 {seen} 编码，本节点接收 UTF-8 或 GB18030。',
    en: 'The file is encoded as {seen}; this node takes UTF-8 or GB18030.',
    remedyZh: '请在 Excel 中另存为“CSV UTF-8（逗号分隔）”，或在记事本中另存并选择 UTF-8 编码。',
    remedyEn: 'In Excel save as "CSV UTF-8"; in Notepad save with encoding UTF-8.',
  },
  'file.encoding_unknown': {
    status: 415,
    clause: '6',
    zh: '文件既不是 UTF-8 也不是 GB18030：第 {row} 行（字节位置 {offset}）起无法解码。',
    en: 'The file is neither UTF-8 nor GB18030: row {row} (byte offset {offset}) cannot be decoded.',
    remedyZh: '请用 UTF-8 编码重新导出；如文件经过传输，请确认没有损坏。',
    remedyEn: 'Export again as UTF-8; if the file was transferred, make sure it was not damaged.',
  },
  'file.encoding_mixed': {
    status: 422,
    clause: '6',
    zh: '文件混用了编码：按 {encoding} 读到第 {row} 行（字节位置 {offset}）起，已有 {bad} 行无法解码。',
    en: 'The file mixes encodings: read as {encoding}, {bad} rows cannot be decoded, the first being row {row} (byte offset {offset}).',
    remedyZh: '请把各来源统一为一种编码（建议 UTF-8）后重新报送，不要直接拼接文件。',
    remedyEn: 'Bring all sources to one encoding (UTF-8 is best) before joining them, and deliver again.',
  },
  'file.header_unreadable': {
    status: 422,
    clause: '6',
    zh: '表头行无法读取（{code}）。',
    en: 'The header row cannot be read ({code}).',
    remedyZh: '请检查表头行的引号、编码和长度；表头不在第一行时，请在映射文件中写明行号。',
    remedyEn:
      'Check quotes, encoding and length of the header row; if it is not the first row, name it in the mapping file.',
  },
  'file.header_missing': {
    status: 422,
    clause: '6',
    zh: '映射文件写明表头在第 {row} 行，但文件没有这一行，或该行为空。',
    en: 'The mapping file names row {row} as the header, but the file has no such row or it is blank.',
    remedyZh: '请核对映射文件中的表头行号。',
    remedyEn: 'Check the header row in the mapping file.',
  },
  'file.header_too_wide': {
    status: 422,
    clause: '6',
    zh: '表头有 {columns} 列，超过上限 {columnsMax} 列。',
    en: 'The header has {columns} columns; at most {columnsMax} are read.',
    remedyZh: '请确认分隔符正确，并只报送数据契约中的字段。',
    remedyEn: 'Check the delimiter and deliver only the fields of the contract.',
  },
  'file.bomb': {
    status: 413,
    clause: '6',
    zh: '压缩文件展开后过大：已展开 {expanded} 字节，原文件 {received} 字节，停止读取。',
    en: 'The compressed file expands too far: {expanded} bytes out of {received} so far; reading stopped.',
    remedyZh: '请确认压缩包正确；数据确实很大时请拆分报送。',
    remedyEn: 'Check the archive; if the data is really that large, deliver it in parts.',
  },
  'file.compression_damaged': {
    status: 422,
    clause: '6',
    zh: '压缩文件损坏或不完整{entry}：{reason}。',
    en: 'The compressed file is damaged or cut off{entry}: {reason}.',
    remedyZh: '请重新压缩并完整上传。',
    remedyEn: 'Compress it again and upload it whole.',
  },
  'file.compression_unknown': {
    status: 415,
    clause: '6',
    zh: '压缩包内的文件{entry}用了不支持的压缩方法 {method}。',
    en: 'The archive uses compression method {method}{entry}, which is not supported.',
    remedyZh: '请用系统自带的 zip 压缩（Deflate）重新打包。',
    remedyEn: 'Pack again with ordinary zip (deflate).',
  },
  'file.encrypted': {
    status: 422,
    clause: '6',
    zh: '文件设有密码{entry}，节点无法读取。',
    en: 'The file is protected by a password{entry}; the node cannot read it.',
    remedyZh: '请去掉密码后报送；传输由加密通道保护。',
    remedyEn: 'Remove the password and deliver again; the channel itself is encrypted.',
  },
  'file.archive_nested': {
    status: 422,
    clause: '6',
    zh: '压缩包里还有压缩包{entry}。',
    en: 'There is an archive inside the archive{entry}.',
    remedyZh: '请只压缩一层。',
    remedyEn: 'Compress once only.',
  },
  'file.archive_entries': {
    status: 413,
    clause: '6',
    zh: '压缩包内文件超过 {entriesMax} 个。',
    en: 'The archive holds more than {entriesMax} files.',
    remedyZh: '请合并文件，或拆成几次报送。',
    remedyEn: 'Join files, or deliver in parts.',
  },
  'file.archive_differs': {
    status: 422,
    clause: '6',
    zh: '压缩包内的文件{entry}与第一个文件的{what}不同。',
    en: 'A file of the archive{entry} differs from the first one in its {whatEn}.',
    remedyZh: '一次报送内的文件须格式相同、表头逐列一致；不同的数据请分别报送。',
    remedyEn:
      'Files of one delivery share layout and header, column by column; deliver other data separately.',
  },
  'file.workbook_damaged': {
    status: 422,
    clause: '6',
    zh: '工作簿无法读取：{reason}。',
    en: 'The workbook cannot be read: {reason}.',
    remedyZh: '请用 Excel 或 WPS 打开后另存为 XLSX 再报送。',
    remedyEn: 'Open it in Excel or WPS, save as XLSX and deliver again.',
  },
  'file.workbook_strings': {
    status: 413,
    clause: '6',
    zh: '工作簿的共享文本超过 {bytesMax} 字节。',
    en: 'The shared text of the workbook exceeds {bytesMax} bytes.',
    remedyZh: '请改用 CSV（UTF-8）报送，或拆分工作簿。',
    remedyEn: 'Deliver as CSV (UTF-8), or split the workbook.',
  },
  'file.sheet_missing': {
    status: 422,
    clause: '6',
    zh: '工作簿中没有工作表“{sheet}”，可见的有：{sheets}。',
    en: 'The workbook has no sheet "{sheet}"; visible sheets: {sheets}.',
    remedyZh: '请核对映射文件中的工作表名称。',
    remedyEn: 'Check the sheet name in the mapping file.',
  },
  'file.json_not_lines': {
    status: 422,
    clause: '6',
    zh: '文件像 JSON，但第一行不是一个 JSON 对象。',
    en: 'The file looks like JSON, but its first line is not one JSON object.',
    remedyZh: '请按 JSON Lines 报送：每行一个对象，不加外层方括号，不换行排版。',
    remedyEn: 'Deliver JSON Lines: one object per line, no enclosing brackets, no pretty-printing.',
  },
});

/** The name of an archive's file, ready to stand in a sentence; '' when there is none to name. */
export function inEntry(entry: string | undefined): string {
  return entry === undefined ? '' : ` (${entry})`;
}

/** Errors of the machine (disk, descriptor) and of closing while reading are no fault of the file. */
export function isMachineError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return 'syscall' in error || ('code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE');
}
