import { randomBytes } from 'node:crypto';
import { inTransaction } from '#kernel';
import { findEnterprise, type ListsContext } from '#lists';
import { authenticate, makeAccount } from '#platform';
import type { Caller } from '#security';
import type { Firm } from './files.ts';

/** Makes the account of a firm's legal representative, whose password nobody keeps, and signs in by it. */
export async function signIn({ database, clock, keys }: ListsContext, { name, code }: Firm): Promise<Caller> {
  const credentials = { login: name.toLowerCase(), password: randomBytes(18).toString('base64url') };
  await inTransaction(database, async (tx) => {
    const { enterpriseId } = await findEnterprise(tx, code);
    const act = { by: 'example:invoices-default', clock, keys };
    await makeAccount(tx, act, {
      ...credentials,
      kind: 'enterprise',
      roles: ['legal_representative'],
      organisation: null,
      enterpriseId,
      label: { zh: `${name}（法定代表人）`, en: `Legal representative of ${name}` },
      isDemonstration: false,
    });
  });
  return await authenticate(database, clock, credentials);
}
