import { defineRefusals } from '#kernel';

export const checkRefusal = defineRefusals({
  'delivery.header_misfit': {
    status: 422,
    clause: '6',
    zh: '表头与数据行对不上：表头 {headerColumns} 列（{header}），抽看的 {sampled} 行中有 {rows} 行是 {rowColumns} 列。未作任何错位处理，整份文件未收。',
    en: 'Header and rows do not fit: the header names {headerColumns} columns ({header}), {rows} of the {sampled} rows looked at have {rowColumns}. Nothing was shifted; the file is not taken.',
    remedyZh:
      '请改正表头后重交，或附一份映射文件，按位置写明每一列的含义（columns 写成列表，不用的列写“-”）。',
    remedyEn:
      'Correct the header, or send a mapping file that says by position what each column is (columns as a list, "-" for a column to ignore).',
  },
  'delivery.header_unknown': {
    status: 422,
    clause: '6',
    zh: '表头认不出数据集 {contract} 的必需列：缺 {missing}。文件中的列是：{seen}。',
    en: 'The header lacks required columns of dataset {contract}: {missing}. Columns in the file: {seen}.',
    remedyZh: '请用数据集约定的列名，或附一份映射文件写明各列对应的字段；也请核对交付的是不是这个数据集。',
    remedyEn:
      "Use the dataset's column names, or send a mapping file that names the field of each column; check that this is the dataset meant.",
  },
  'delivery.header_ambiguous': {
    status: 422,
    clause: '6',
    zh: '有两列都表示“{field}”：{columns}。',
    en: 'Two columns mean "{field}": {columns}.',
    remedyZh: '请只留一列，或在映射文件中写明用哪一列（另一列写“-”）。',
    remedyEn: 'Keep one of them, or say in a mapping file which is meant ("-" for the other).',
  },
  'delivery.mapping_unreadable': {
    status: 422,
    clause: '6',
    zh: '映射文件读不懂：{reason}',
    en: 'The mapping file cannot be read: {reason}',
    remedyZh: '请按说明改正：contract 必填，columns 写成“文件列名: 字段”的对照或按位置的列表。',
    remedyEn:
      'Correct it: contract is required; columns is a map "column of the file: field" or a list by position.',
  },
  'delivery.mapping_misfit': {
    status: 422,
    clause: '6',
    zh: '映射文件与数据集或文件不符：{reason}',
    en: 'The mapping file does not fit the dataset or the file: {reasonEn}',
    remedyZh: '请核对映射文件中的数据集、字段名和列名。',
    remedyEn: 'Check dataset, field names and column names in the mapping file.',
  },
});
