/** A statement ready to be prepared: positional parameters, and which value stands at each position. */
export type Statement = { readonly text: string; readonly order: readonly ('code' | 'name')[] };

/** Words that change something, lock something, reach outside the database or end a transaction. */
const FORBIDDEN =
  /\b(insert|update|delete|merge|replace|into|call|do|copy|truncate|drop|alter|create|grant|revoke|set|lock|execute|prepare|begin|commit|rollback|listen|notify|vacuum|analyze|load_file|outfile|dumpfile|pg_read_file|lo_import|lo_export|dblink|set_config|pg_sleep|sleep|benchmark)\b/i;

/**
 * Why a statement of a definition cannot be used, or an empty list. It must be one `select` (or `with … select`) whose
 * only moving parts are the bound parameters `:code` (required) and `:name`. The read-only transaction is what
 * holds; this refuses at load what would fail, or surprise, at the first call.
 */
export function statementReasons(statement: string): string[] {
  const reasons: string[] = [];
  const bare = withoutQuoted(statement);
  if (bare === undefined) return ['statement: a quote is not closed, or a quote is escaped by a backslash'];
  if (!/^\s*(select|with)\b/i.test(bare)) reasons.push('statement: only select or with');
  if (statement.includes(';')) reasons.push('statement: one statement, without ;');
  if (/--|\/\*|#/.test(bare)) reasons.push('statement: no comments');
  if (/\$\{|\{\{|\$[0-9A-Za-z_$]|\?|%[sd(]|@/.test(statement)) {
    reasons.push('statement: nothing is written into it; bind :code and :name');
  }
  const word = FORBIDDEN.exec(bare)?.[1];
  if (word !== undefined) reasons.push(`statement: a read has no ${word.toLowerCase()}`);
  const names = parametersOf(bare);
  if (!names.includes('code')) reasons.push('statement: :code is not bound');
  const unknown = names.find((name) => name !== 'code' && name !== 'name');
  if (unknown !== undefined) reasons.push(`statement: unknown parameter :${unknown}`);
  return reasons;
}

/**
 * The statement for a driver, wrapped so that at most `rowsMax` + 1 rows come back. As a derived table it can only be a
 * query: both engines refuse a part that changes data there.
 */
export function compileStatement(
  statement: string,
  { engine, rowsMax }: { engine: 'postgresql' | 'mysql'; rowsMax: number },
): Statement {
  const order: ('code' | 'name')[] = [];
  const text = statement.replace(PARAMETER, (whole, name: string | undefined) => {
    if (name !== 'code' && name !== 'name') return whole;
    order.push(name);
    return engine === 'mysql' ? '?' : `$${name === 'code' ? 1 : 2}::text`;
  });
  return { text: `select * from (${text.trim()}) as answer limit ${rowsMax + 1}`, order };
}

/** A quoted text (kept whole), a cast (kept), or a parameter. */
const PARAMETER = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|::|:([A-Za-z_]\w*)/g;

function parametersOf(bare: string): string[] {
  return [...bare.matchAll(PARAMETER)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** The statement with the insides of quotes taken out; undefined when quotes do not close or hold a backslash. */
function withoutQuoted(statement: string): string | undefined {
  const bare = statement.replace(/'(?:[^'\\]|'')*'|"(?:[^"\\]|"")*"|`[^`\\]*`/g, "''");
  return /["`\\]/.test(bare) || bare.replaceAll("''", '').includes("'") ? undefined : bare;
}
