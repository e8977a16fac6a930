import { inTransaction, type Clock } from '#kernel';
import { type DeliveryReceipt, type ListsContext, processDelivery, readReceipt, receive } from '#lists';

/** Codes with sound check characters of enterprises that do not exist. */
export const CODES = [
  '91110108MA01Q0018G',
  '91110108MA01Q0026B',
  '91110108MA01Q00346',
  '91110108MA01Q00421',
  '91110108MA01Q0050U',
] as const;

export const nameOf = (code: string): string => `北京样例${code.slice(13, 17)}科技有限公司`;

/** A clock that a test moves. */
export function movableClock(at: Date): Clock & { at: Date } {
  return {
    at,
    now() {
      return this.at;
    },
  };
}

/** A CSV file as departments send it: subject columns, then the given ones. */
export function csv(columns: readonly string[], rows: readonly (readonly [string, ...string[]])[]): string {
  const lines = rows.map(([code, ...cells]) => [code, nameOf(code), ...cells].join(','));
  return [['统一社会信用代码', '企业名称', ...columns].join(','), ...lines].join('\n');
}

/** Delivers a file under its own name, waits, and returns the receipt. */
export async function deliverFile(
  context: ListsContext,
  { contract, fileName, content }: { contract: string; fileName: string; content: string },
): Promise<DeliveryReceipt> {
  const provider = context.catalogue.contracts.get(contract)?.provider ?? '';
  const request = {
    contractId: contract,
    provider,
    kind: 'records',
    fileName,
    mapping: '',
    isSynthetic: true,
  } as const;
  const received = await receive(context, { ...request, receivedBy: 'test' }, bytes(content));
  await processDelivery(context, received.deliveryNo);
  return await inTransaction(context.database, (tx) => readReceipt(tx, { delivery: received.deliveryId }));
}

async function* bytes(content: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}
