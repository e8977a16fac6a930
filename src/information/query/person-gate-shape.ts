import type { EnterpriseId, Tx } from '#kernel';

/** Tells whether a field of one record may go to the institution that asks. */
export type Released = (contract: string, record: string, field: string) => boolean;

/**
 * What natural persons have separately consented to (Personal Information Protection Law articles 23 and 29); answered by the
 * module of rights, which stands to the right.
 */
export type PersonGate = {
  /** Whether the field is of a natural person and goes to an institution only under that person's consent. */
  guards(contract: string, field: string): boolean;
  findReleased(
    tx: Tx,
    asked: {
      readonly enterpriseId: EnterpriseId;
      readonly institutionId: string;
      readonly purpose: string;
      readonly records: readonly { readonly contract: string; readonly record: string }[];
    },
  ): Promise<Released>;
};
