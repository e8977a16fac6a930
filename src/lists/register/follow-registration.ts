import type { Tx } from '#kernel';
import { readSubject } from './read-subject.ts';
import type { ResolveTask } from './resolve-subjects.ts';

/**
 * What a registering dataset says about the enterprises themselves: a provisional one is confirmed, and a name that
 * differs from the current one becomes the current name; the old one stays as a former name. Set-based over `staged`.
 */
export async function followRegistration(tx: Tx, task: ResolveTask): Promise<void> {
  await tx.rows(
    `update lists.enterprises e set standing = 'registered'
     from staged s join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'
     where e.enterprise_id = c.enterprise_id and e.standing = 'provisional'`,
  );
  const renamed = await tx.rows<{ enterprise_id: string; subject_name: string }>(
    `select distinct on (c.enterprise_id) c.enterprise_id, s.subject_name
     from staged s
     join lists.enterprise_codes c on c.code = s.subject_code and c.known_to = 'infinity'
     left join lists.enterprise_names n
       on n.enterprise_id = c.enterprise_id and n.is_current and n.known_to = 'infinity'
     where s.subject_name <> '' and s.subject_name is distinct from n.name
       and (n.known_from is null or n.known_from < $1)
     order by c.enterprise_id, s.row_no desc`,
    [task.knownFrom],
  );
  if (renamed.length === 0) return;
  const names = renamed.map((row) => readSubject('', row.subject_name));
  const ids = renamed.map((row) => row.enterprise_id);
  await tx.rows(
    `update lists.enterprise_names set known_to = $2
     where enterprise_id = any($1::bigint[]) and is_current and known_to = 'infinity'`,
    [ids, task.knownFrom],
  );
  await tx.rows(
    `insert into lists.enterprise_names (enterprise_id, name, name_key, is_current, known_from, delivery_no)
     select n.enterprise_id, n.name, n.name_key, false, $2, n.delivery_no
     from lists.enterprise_names n
     where n.enterprise_id = any($1::bigint[]) and n.is_current and n.known_to = $2
     union all
     select u.id, u.name, u.name_key, true, $2, $5
     from unnest($1::bigint[], $3::text[], $4::text[]) as u(id, name, name_key)
     on conflict (enterprise_id, name_key, known_from) do update set name = excluded.name, is_current = true`,
    [ids, task.knownFrom, names.map(({ name }) => name), names.map(({ nameKey }) => nameKey), task.deliveryNo],
  );
}
