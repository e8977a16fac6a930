/** GB 32100-2015: no I, O, S, V, Z. */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/** GB 11714. */
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];

/** Opens every organisation code of a synthetic enterprise: codes in use begin with digits or MA, so none can be hit. */
const ENTERPRISE_PREFIX = 'XQ';
/** Opens those of synthetic public bodies. */
const BODY_PREFIX = 'XG';
const CODES_MAX = 31 ** 6;
/** Odd and not a multiple of 31, so that index -> code is one to one; spreads neighbours apart. */
const SPREAD = 387_420_493;

/** The organisation code of enterprise `index` with its check character. */
export function organisationCode(index: number): string {
  return withOrganisationCheck(ENTERPRISE_PREFIX + base31(spread(index)));
}

/** 统一社会信用代码: department and kind (91 enterprise, 92 sole trader, 93 farmers' cooperative), district, organisation code. */
export function creditCode(kind: string, district: string, organisation: string): string {
  const body = `${kind}${district}${organisation}`;
  return body + creditCheck(body);
}

/** A valid code for the public body number `body`; prefix 11 is for organs of the state. */
export function publicBodyCode(body: number): string {
  return creditCode('11', '110000', withOrganisationCheck(BODY_PREFIX + base31(body % CODES_MAX)));
}

/** The code with its last character replaced by another of the alphabet, as a slip of the keyboard does. */
export function withWrongCheck(code: string): string {
  const at = ALPHABET.indexOf(code.charAt(17));
  return code.slice(0, 17) + ALPHABET.charAt((at + 7) % 31);
}

/** The registration number of 15 digits that stood before the unified code (GS 15-2006): district, 8 digits, check digit. */
export function registrationNumber(district: string, index: number): string {
  const body = `${district}${String(index % 100_000_000).padStart(8, '0')}`;
  let product = 10;
  for (const digit of body) {
    const sum = (product + Number(digit)) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return body + String((11 - product) % 10);
}

function spread(index: number): number {
  if (index >= CODES_MAX) throw new RangeError('more enterprises than organisation codes');
  return Number((BigInt(index) * BigInt(SPREAD) + 104_729n) % BigInt(CODES_MAX));
}

function base31(value: number): string {
  let text = '';
  let rest = value;
  for (let at = 0; at < 6; at += 1) {
    text = ALPHABET.charAt(rest % 31) + text;
    rest = Math.floor(rest / 31);
  }
  return text;
}

function withOrganisationCheck(code: string): string {
  let sum = 0;
  for (const [at, weight] of ORGANISATION_WEIGHTS.entries())
    sum += Number.parseInt(code.charAt(at), 36) * weight;
  return code + '0123456789X0'.charAt(11 - (sum % 11));
}

function creditCheck(body: string): string {
  let sum = 0;
  for (const [at, weight] of WEIGHTS.entries()) sum += ALPHABET.indexOf(body.charAt(at)) * weight;
  return ALPHABET.charAt((31 - (sum % 31)) % 31);
}
