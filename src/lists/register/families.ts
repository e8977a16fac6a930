/**
 * For statements of other modules that keep rows by the id under which they came: who counts as one enterprise now.
 * Records and rows never move, so that a merge, and its end, is in force from the next look on.
 */

/** Merges in force: a parenthesised select with alias_id and enterprise_id. */
export function mergesNow(): string {
  return `(select alias_id, enterprise_id from lists.enterprise_aliases where known_to = 'infinity')`;
}

/**
 * Of the ids that the parameter names (`bigint[]`), merged ones or not: a parenthesised select with enterprise_id, which
 * the register reads as one enterprise, and member_id, each id under which rows of it stand.
 */
export function familiesOf(parameter: `$${number}`): string {
  const asked = `
      select coalesce(m.enterprise_id, i.id) as enterprise_id
      from unnest(${parameter}::bigint[]) as i (id) left join ${mergesNow()} m on m.alias_id = i.id`;
  return `(
    select enterprise_id, enterprise_id as member_id from (${asked}) own
    union
    select m.enterprise_id, m.alias_id from ${mergesNow()} m join (${asked}) own using (enterprise_id))`;
}
