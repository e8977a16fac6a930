import type { CodeTable, Contract, Field } from '#lists';
import type { Cell } from '../complete/fill.ts';
import type { Dialect } from '../model/definitions.ts';
import { civilOf, type Day, isoOf, OPEN_END, two } from '../model/days.ts';

/** Writes one field's value, which is not empty, as a department spells it. */
export type Speller = (cell: Cell) => string;

/** One speller per field of the contract, in its order. */
export function spellersOf(
  contract: Contract,
  dialect: Dialect,
  codeTables: ReadonlyMap<string, CodeTable>,
): Speller[] {
  return contract.fields.map((field) => spellerOf(field, dialect, codeTables));
}

/** The header a department gives the column. */
export function headerOf(field: Field, { header }: Dialect): string {
  if (header === 'field') return field.name;
  return (header === 'alias' ? field.headers?.[0] : undefined) ?? field.businessName;
}

function spellerOf(field: Field, dialect: Dialect, codeTables: ReadonlyMap<string, CodeTable>): Speller {
  switch (field.kind) {
    case 'code':
      return codeSpeller(codeTables.get(field.codes ?? ''), dialect);
    case 'date':
      return daySpellersOf(dialect).date;
    case 'month':
      return daySpellersOf(dialect).month;
    case 'timestamp':
      return (cell) => instantText(Number(cell));
    case 'money':
      return moneySpeller(dialect, field.currency === 'any');
    case 'boolean': {
      const [yes, no] = FLAGS[dialect.flag];
      return (cell) => (cell === true ? yes : no);
    }
    default: // decimals come rounded to their scale
      return String;
  }
}

const FLAGS = { word: ['是', '否'], digit: ['1', '0'], letter: ['Y', 'N'] } as const;

function codeSpeller(table: CodeTable | undefined, { code: style }: Dialect): Speller {
  const names = new Map(
    (table?.values ?? []).map(({ code, name }) => [code, style === 'name' ? name : code]),
  );
  return (cell) => {
    const name = names.get(String(cell));
    if (name === undefined) throw new TypeError(`code table ${table?.id} has no ${String(cell)}`);
    return name;
  };
}

function dateSpeller({ date: style }: Dialect): (day: Day) => string {
  return (day) => {
    if (day === OPEN_END) return style === 'slash' ? '9999/9/9' : style === 'han' ? '长期' : '9999-12-31';
    const { year, month, date } = civilOf(day);
    switch (style) {
      case 'slash':
        return `${year}/${month}/${date}`;
      case 'dot':
        return `${year}.${month}.${date}`;
      case 'compact':
        return `${year}${two(month)}${two(date)}`;
      case 'han':
        return `${year}年${month}月${date}日`;
      case 'time':
        return `${isoOf(day)} 00:00:00`;
      default:
        return isoOf(day);
    }
  };
}

function monthSpeller({ month: style }: Dialect): (day: Day) => string {
  return (day) => {
    const { year, month } = civilOf(day);
    if (style === 'compact') return `${year}${two(month)}`;
    return style === 'han' ? `${year}年${month}月` : `${year}-${two(month)}`;
  };
}

function instantText(at: number): string {
  const hour = Math.round((at - Math.floor(at)) * 24);
  return `${isoOf(Math.floor(at))} ${two(hour)}:00:00`;
}

const WAN_FEN = 1_000_000;

/** Fen as the department writes amounts; whole 万元 only where the amount is whole 万元. */
function moneySpeller({ money: style }: Dialect, isAnyCurrency: boolean): Speller {
  const currency = isAnyCurrency ? '人民币' : '';
  return (cell) => {
    const fen = Number(cell);
    const yuan = yuanText(fen);
    switch (style) {
      case 'wan':
        return fen !== 0 && fen % WAN_FEN === 0 ? `${fen / WAN_FEN}万元${currency}` : yuan;
      case 'word':
        return `${yuan}元`;
      case 'thousands':
        return yuan.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',');
      default:
        return yuan;
    }
  };
}

function yuanText(fen: number): string {
  const rest = Math.abs(fen % 100);
  if (rest === 0) return String(fen / 100);
  return `${fen < 0 ? '-' : ''}${Math.floor(Math.abs(fen) / 100)}.${two(rest)}`;
}

type DaySpellers = { readonly date: Speller; readonly month: Speller };

/** All columns of a dialect share what they remember. */
const daySpellers = new WeakMap<Dialect, DaySpellers>();

function daySpellersOf(dialect: Dialect): DaySpellers {
  const before = daySpellers.get(dialect);
  if (before !== undefined) return before;
  const made = { date: remembering(dateSpeller(dialect)), month: remembering(monthSpeller(dialect)) };
  daySpellers.set(dialect, made);
  return made;
}

/** Days from 1970 to 2059; spellings of others are made anew. */
const DAYS_REMEMBERED = 32_768;

/** Days repeat by the thousand, so each is spelled once. */
function remembering(spell: (day: Day) => string): Speller {
  const known = Array.from<string | undefined>({ length: DAYS_REMEMBERED }).fill(undefined);
  return (cell) => {
    const day = Number(cell);
    const before = known[day];
    if (before !== undefined) return before;
    const text = spell(day);
    if (day >= 0 && day < DAYS_REMEMBERED) known[day] = text;
    return text;
  };
}
