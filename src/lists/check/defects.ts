import assert from 'node:assert';

/** The dimensions of data quality that a contract's rules may name (GB/T 36344-2018). */
export type Dimension =
  | 'accuracy'
  | 'completeness'
  | 'conformity'
  | 'consistency'
  | 'timeliness'
  | 'uniqueness';
export type Severity = 'block' | 'warn';

export type DefectText = {
  readonly dimension: Dimension;
  /** `block` sends the row to quarantine; `warn` is counted and the row is kept. */
  readonly severity: Severity;
  readonly zh: string;
  readonly en: string;
};

const block = (dimension: Dimension, zh: string, en: string): DefectText => ({
  dimension,
  severity: 'block',
  zh,
  en,
});
const warn = (dimension: Dimension, zh: string, en: string): DefectText => ({
  dimension,
  severity: 'warn',
  zh,
  en,
});

/**
 * The closed list of what can be wrong with a row. Codes are wire contract: never reused, one meaning each.
 * `{field}` is the field's Chinese name, `{value}` what stood there (never for masked kinds).
 */
export const DEFECTS = {
  row_too_long: block('conformity', '本行过长，未能读入。', 'The row is too long to read.'),
  nul_byte: block('conformity', '本行含有空字符（NUL）。', 'The row contains a NUL byte.'),
  quote_not_closed: block('conformity', '本行的引号没有闭合。', 'A quote in the row is never closed.'),
  bad_encoding: block(
    'conformity',
    '本行的字节不符合文件的字符编码。',
    "Bytes of the row do not fit the file's encoding.",
  ),
  not_json: block(
    'conformity',
    '本行不是符合首部各行的 JSON 对象。',
    'The row is no JSON object like the first rows.',
  ),
  formula_without_value: block(
    'conformity',
    '本行有公式没有保存计算结果。',
    'A formula of the row has no stored value.',
  ),
  width_differs: block(
    'conformity',
    '本行 {found} 列，应为 {wanted} 列。',
    'The row has {found} columns; {wanted} are wanted.',
  ),
  subject_missing: block(
    'completeness',
    '没有统一社会信用代码，也没有企业名称。',
    'Neither a code nor a name of the enterprise.',
  ),
  subject_code_too_long: block(
    'conformity',
    '主体代码超过 {max} 个字符。',
    "The enterprise's code is over {max} characters.",
  ),
  subject_name_too_long: block(
    'conformity',
    '企业名称超过 {max} 个字符。',
    "The enterprise's name is over {max} characters.",
  ),
  subject_not_listed: block(
    'accuracy',
    '主体“{value}”不在映射文件的对照表中。',
    'Subject "{value}" is not in the mapping\'s lookup.',
  ),
  subject_checksum: warn(
    'accuracy',
    '统一社会信用代码 {value} 的校验码不符。',
    'The check character of code {value} is wrong.',
  ),
  subject_id_card_shaped: warn(
    'conformity',
    '代码形似居民身份证号，已在收件时遮盖。',
    'The code has the shape of an identity number and was masked on the way in.',
  ),
  required_missing: block('completeness', '“{field}”必填，本行为空。', '"{field}" is required and empty.'),
  text_too_long: block('conformity', '“{field}”超过 {max} 个字符。', '"{field}" is over {max} characters.'),
  pattern_differs: block(
    'conformity',
    '“{field}”的值“{value}”格式不符。',
    'Value "{value}" of "{field}" has another form.',
  ),
  value_out_of_range: block(
    'accuracy',
    '“{field}”的值“{value}”超出允许范围。',
    'Value "{value}" of "{field}" is out of range.',
  ),
  code_unknown: block(
    'conformity',
    '“{field}”的值“{value}”不在代码表中。',
    'Value "{value}" of "{field}" is not in its code table.',
  ),
  date_unreadable: block(
    'conformity',
    '“{field}”的值“{value}”不是日期。',
    'Value "{value}" of "{field}" is no date.',
  ),
  date_impossible: block(
    'accuracy',
    '“{field}”的日期“{value}”不存在。',
    'Date "{value}" of "{field}" does not exist.',
  ),
  date_out_of_range: block(
    'accuracy',
    '“{field}”的日期“{value}”早于 1600 年或晚于 2199 年。',
    'Date "{value}" of "{field}" lies before 1600 or after 2199.',
  ),
  date_open_ended: block(
    'conformity',
    '“{field}”不能填长期或 9999 年，现为“{value}”。',
    '"{field}" cannot be open-ended; it says "{value}".',
  ),
  time_impossible: block(
    'accuracy',
    '“{field}”的时间“{value}”不存在。',
    'Time "{value}" of "{field}" does not exist.',
  ),
  amount_unreadable: block(
    'conformity',
    '“{field}”的值“{value}”不是金额。',
    'Value "{value}" of "{field}" is no amount.',
  ),
  amount_too_large: block(
    'accuracy',
    '“{field}”的金额“{value}”过大。',
    'Amount "{value}" of "{field}" is too large.',
  ),
  amount_currency: block(
    'conformity',
    '“{field}”只收人民币金额，现为“{value}”。',
    '"{field}" takes CNY only; it says "{value}".',
  ),
  number_unreadable: block(
    'conformity',
    '“{field}”的值“{value}”不是所要的数字。',
    'Value "{value}" of "{field}" is not the number wanted.',
  ),
  number_too_large: block(
    'accuracy',
    '“{field}”的数字“{value}”过大。',
    'Number "{value}" of "{field}" is too large.',
  ),
  boolean_unreadable: block(
    'conformity',
    '“{field}”的值“{value}”不是“是”或“否”。',
    'Value "{value}" of "{field}" is neither yes nor no.',
  ),
  uscc_unreadable: block(
    'conformity',
    '“{field}”的值“{value}”不是机构代码。',
    'Value "{value}" of "{field}" is no code of an organisation.',
  ),
  uscc_checksum: warn(
    'accuracy',
    '“{field}”的代码 {value} 校验码不符。',
    'The check character of {value} in "{field}" is wrong.',
  ),
  id_number_unreadable: block(
    'conformity',
    '“{field}”不是证件号码。',
    '"{field}" is no number of an identity document.',
  ),
  phone_unreadable: block('conformity', '“{field}”不是电话号码。', '"{field}" is no telephone number.'),
  email_unreadable: block(
    'conformity',
    '“{field}”的值不是电子邮箱地址。',
    'The value of "{field}" is no e-mail address.',
  ),
  key_conflict: block(
    'uniqueness',
    '同一主体、同一主键在本文件中出现多次，内容不同。',
    'The same enterprise and key stand in the file more than once, with different contents.',
  ),
  /** Of what institutions give back; also where the consent allows no further delivery now, or not of that day. */
  consent_missing: block(
    'conformity',
    '该企业没有有效的逆向共享授权，或授权不包括本次交付、该日期的数据。',
    'The enterprise has no consent in force to giving this back, or it does not cover this delivery or day.',
  ),
  /** Dimension and severity come from the rule of the contract that the row broke. */
  rule_broken: block('accuracy', '不符合规则：{description}', 'Rule not met: {description}'),
} as const satisfies Record<string, DefectText>;

export type DefectCode = keyof typeof DEFECTS;
export type DefectParams = Readonly<Record<string, string | number>>;

/**
 * The sentences for one defect as people read them. `field` is the name to use where the params carry none.
 * A code outside the closed list is a broken invariant.
 */
export function defectSentence(code: string, params: DefectParams, field = ''): { zh: string; en: string } {
  assert(isDefectCode(code), `unknown defect code: ${code}`);
  const { zh, en } = DEFECTS[code];
  const known = { field, ...params };
  return { zh: fill(zh, known), en: fill(en, known) };
}

function isDefectCode(code: string): code is DefectCode {
  return Object.hasOwn(DEFECTS, code);
}

function fill(sentence: string, params: DefectParams): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
