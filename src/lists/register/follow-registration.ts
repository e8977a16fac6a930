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
  const renamed = await tx.rows<Renamed>(
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
  await renameAll(tx, task, renamed);
}

type Renamed = { enterprise_id: string; subject_name: string };

/** Ends the current name, keeps it as a former one unless only its spelling changed, and begins the new one. */
async function renameAll(tx: Tx, task: ResolveTask, renamed: readonly Renamed[]): Promise<void> {
  const names = renamed.map((row) => readSubject('', row.subject_name));
  const columns = [
    renamed.map((row) => row.enterprise_id),
    names.map(({ name }) => name),
    names.map(({ nameKey }) => nameKey),
  ];
  await tx.rows(
    `with renamed as (
       select * from unnest($1::bigint[], $2::text[], $3::text[]) as u(enterprise_id, name, name_key)
     ), ended as (
       update lists.enterprise_names n set known_to = $4
       from renamed r
       where n.enterprise_id = r.enterprise_id and n.known_to = 'infinity'
         and (n.is_current or n.name_key = r.name_key)
       returning n.enterprise_id, n.name, n.name_key, n.is_current
     )
     insert into lists.enterprise_names (enterprise_id, name, name_key, is_current, known_from, delivery_no)
     select e.enterprise_id, e.name, e.name_key, false, $4::timestamptz, $5::bigint
     from ended e join renamed r on r.enterprise_id = e.enterprise_id
     where e.is_current and e.name_key <> r.name_key
     union all
     select enterprise_id, name, name_key, true, $4, $5 from renamed`,
    [...columns, task.knownFrom, task.deliveryNo],
  );
}
