import assert from 'node:assert';

declare const brand: unique symbol;

/** A fact that only its owner can state. It is an ordinary frozen value with a mark that cannot be written by hand. */
export type Proof<Name extends string, Facts extends object> = Readonly<Facts> & { readonly [brand]: Name };

const minted = new WeakMap<object, string>();

/**
 * Gives a module the only maker of one kind of proof; the maker stays private to the module that asked.
 * An architecture test holds who may call this and for which name.
 */
export function proofMaker<Name extends string, Facts extends object>(
  name: Name,
): (facts: Facts) => Proof<Name, Facts> {
  return (facts) => {
    const proof = Object.freeze({ ...facts }) as Proof<Name, Facts>;
    minted.set(proof, name);
    return proof;
  };
}

/** A forged proof is a programmer's error or an attack: either way the job ends. */
export function assertProof(proof: object, name: string): void {
  assert.equal(minted.get(proof), name, `not a proof of ${name}`);
}
