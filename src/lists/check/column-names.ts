import type { Contract } from '../contract/shape.ts';
import { condense } from './values/fold.ts';

/** What a column can mean: a field of the contract, the subject's code or name, or nothing that is wanted. */
export type Target = string;
export const SUBJECT_CODE: Target = 'subject_code';
export const SUBJECT_NAME: Target = 'subject_name';
export const IGNORED: Target = '-';

/** Column names of the subject, the surest first; a file often carries several old numbers beside the code. */
const SUBJECT_CODE_NAMES = [
  '统一社会信用代码 统一社会信用代码证号 社会信用代码 信用代码 uscc subject_code 行政相对人代码_1(统一社会信用代码)',
  '行政相对人代码 纳税人识别号 纳税识别号 社会信用代码(纳税人识别号) 纳税人识别号(统一社会信用代码) 税号 主体代码',
  '企业代码 机构代码 组织机构代码 工商注册号 营业执照注册号 营业执照号 注册号 企业注册号 企业代号',
].flatMap((line) => line.split(' '));
const SUBJECT_NAME_NAMES = [
  '企业名称 单位名称 市场主体名称 主体名称 经营主体名称 信用主体名称 enterprise_name subject_name',
  '纳税人名称 行政相对人名称 公司名称 机构名称 法人名称 组织名称 商户名称 申报单位 名称 单位',
].flatMap((line) => line.split(' '));

/** How sure a column name is: 0 is the contract's own word, then its further spellings, then the subject's, surest first. */
export type Claim = { readonly target: Target; readonly rank: number };

const OWN_WORD = 0;
const FURTHER_SPELLING = 1;
const SUBJECT_WORD = 2;

/** Every folded column name that this contract knows, with what it can mean, the surest first. */
export function claimsOf(contract: Contract): Map<string, Claim[]> {
  const claims = new Map<string, Claim[]>();
  const claim = (name: string, target: Target, rank: number): void => {
    const folded = foldColumnName(name);
    const known = claims.get(folded) ?? [];
    if (!known.some((other) => other.target === target)) known.push({ target, rank });
    claims.set(
      folded,
      known.sort((a, b) => a.rank - b.rank),
    );
  };
  for (const { name, businessName } of contract.fields) {
    for (const word of [businessName, name]) claim(word, name, OWN_WORD);
  }
  for (const { name, headers = [] } of contract.fields) {
    for (const word of headers) claim(word, name, FURTHER_SPELLING);
  }
  for (const [at, word] of SUBJECT_CODE_NAMES.entries()) claim(word, SUBJECT_CODE, SUBJECT_WORD + at);
  for (const [at, word] of SUBJECT_NAME_NAMES.entries()) claim(word, SUBJECT_NAME, SUBJECT_WORD + at);
  return claims;
}

/** Column name as it is compared: half-width, lower case, without blanks, quotes and the star of required columns. */
export function foldColumnName(name: string): string {
  return condense(name)
    .replace(/^["'“”‘’*]+|["'“”‘’*]+$/g, '')
    .toLowerCase();
}

/** `注册资本(万元)` is the column 注册资本 with the unit 万元. */
export function splitUnit(name: string): { name: string; unit: string } | null {
  const parts = /^(.+?)[([【]([^()[\]【】]{1,20})[)\]】]$/.exec(foldColumnName(name));
  const [, bare, unit] = parts ?? [];
  return bare === undefined || unit === undefined
    ? null
    : { name: bare, unit: unit.replace(/^单位[::]?/, '') };
}
