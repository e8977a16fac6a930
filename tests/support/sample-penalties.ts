import type { DeliveryRequest } from '#lists';

/** One file of a workload, by the order in which a department hands it over. */
export type SampleFile = {
  readonly name: string;
  readonly kind: DeliveryRequest['kind'];
  readonly content: string;
};

export const CONTRACT = 'n08_penalty';

export const HEAD =
  '统一社会信用代码,企业名称,行政处罚决定书文号,案件名称,处罚类别,罚款金额,处罚决定日期,公示截止期\n';
const WITHDRAWAL_HEAD = '统一社会信用代码,企业名称,行政处罚决定书文号\n';

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** Code of the n-th made-up enterprise, with its check character by GB 32100. */
export function codeOf(n: number): string {
  const body = `91110108${withOrganisationCheck(`MAX${String(n).padStart(5, '0')}`)}`;
  const sum = [...body].reduce((total, sign, at) => total + ALPHABET.indexOf(sign) * (WEIGHTS[at] ?? 0), 0);
  return body + ALPHABET.charAt((31 - (sum % 31)) % 31);
}

/** The same code with a check character that is wrong: a person must look at it. */
export function wrongCodeOf(n: number): string {
  const code = codeOf(n);
  return code.slice(0, 17) + (code.endsWith('0') ? '1' : '0');
}

/** The organisation code inside, by GB 11714: characters 9 to 17. */
export function organisationCodeOf(n: number): string {
  return codeOf(n).slice(8, 17);
}

function withOrganisationCheck(body: string): string {
  const weights = [3, 7, 9, 10, 5, 8, 4, 2];
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const sum = [...body].reduce((total, sign, at) => total + letters.indexOf(sign) * (weights[at] ?? 0), 0);
  const check = 11 - (sum % 11);
  return body + (check === 10 ? 'X' : check === 11 ? '0' : String(check));
}

export function nameOf(n: number): string {
  return `北京样例${n}号有限公司`;
}

type RowParts = {
  code?: string;
  name?: string;
  no: string;
  title?: string;
  fine?: string;
  decidedOn?: string;
};

/** One row of the n-th enterprise. */
export function row(n: number, parts: RowParts): string {
  const {
    code = codeOf(n),
    name = nameOf(n),
    no,
    title = '未按期年报',
    fine = '1万元',
    decidedOn = '2026-03-01',
  } = parts;
  return `${code},${name},${no},${title},罚款,${fine},${decidedOn},2027-03-01\n`;
}

function rows(from: number, to: number, line: (n: number) => string): string {
  return Array.from({ length: to - from }, (_, at) => line(from + at)).join('');
}

const ENTERPRISES = 200;
const of = (n: number): number => n % ENTERPRISES;

/**
 * Every fate a row can have, and every end a delivery can have: new, unchanged, corrected, twice, contradictory, bad,
 * held, withdrawn, brought back; published, returned, refused. Order matters: later files act on what earlier ones left.
 */
export function sampleFiles(size = 1_000): SampleFile[] {
  const records = (name: string, content: string): SampleFile => ({
    name,
    kind: 'records',
    content: HEAD + content,
  });
  const plain = (n: number): string => row(of(n), { no: `甲${n}` });
  const fifth = Math.floor(size / 5);
  return [
    records('01-new.csv', rows(0, size, plain)),
    records(
      '02-corrections.csv',
      rows(0, fifth, (n) => row(of(n), { no: `甲${n}`, fine: '3万元' })) +
        rows(fifth, 2 * fifth, plain) +
        rows(size, size + fifth, plain) +
        rows(size, size + 20, plain) +
        rows(size + 20, size + 25, (n) => row(of(n), { no: `甲${n}`, fine: '9万元' })) +
        rows(0, 12, (n) => row(of(n), { no: `坏${n}`, decidedOn: '不详' })) +
        rows(0, 4, (n) => row(of(n), { no: `甲${n}`, fine: '4万元' })),
    ),
    records(
      '03-held.csv',
      rows(0, 30, (n) => row(n, { code: wrongCodeOf(n), name: `南京样例${n}号有限公司`, no: `待${n}` })) +
        rows(0, fifth, (n) => row(of(n), { no: `乙${n}` })),
    ),
    {
      name: '04-withdrawal.csv',
      kind: 'withdrawal',
      content: WITHDRAWAL_HEAD + rows(0, fifth + 10, (n) => `${codeOf(of(n))},${nameOf(of(n))},乙${n}\n`),
    },
    records(
      '05-returned.csv',
      rows(0, 20, (n) => row(n, { no: n % 2 === 0 ? '' : `丁${n}` })),
    ),
    { name: '06-refused.csv', kind: 'records', content: 'hello, world\nthis, is\n' },
    records(
      '07-again.csv',
      rows(0, fifth, (n) => row(of(n), { no: `乙${n}`, title: '再次处罚' })) +
        rows(0, 20, (n) => row(n, { no: '', title: '缺文号' })) +
        rows(2 * size, 2 * size + 300, plain),
    ),
  ];
}

/** Files with no key in common, of the same enterprises, so that their order cannot matter. */
export function independentFiles(count: number, size: number): SampleFile[] {
  return Array.from({ length: count }, (_, file) => ({
    name: `${String(file).padStart(2, '0')}-part.csv`,
    kind: 'records',
    content:
      HEAD +
      rows(0, size, (n) => row(of(n * 7 + file), { no: `部${file}-${n}` })) +
      rows(0, 5, (n) =>
        row(n, { code: wrongCodeOf(n), name: `南京样例${n}号有限公司`, no: `待${file}-${n}` }),
      ),
  }));
}
