import assert from 'node:assert';

/**
 * Lets no WebAssembly memory of this thread grow beyond `pages` of 64 KiB: limits of a thread bound JavaScript's heap, not
 * this. The runtime's module accepts any smaller maximum than its own. Called before the runtime is imported.
 */
export function capMemory(pages: number): void {
  const place: unknown = Reflect.get(globalThis, 'WebAssembly');
  assert(typeof place === 'object' && place !== null, 'the engine has WebAssembly');
  const native: unknown = Reflect.get(place, 'Memory');
  assert(typeof native === 'function', 'WebAssembly has memories');
  const capped = new Proxy(native, {
    construct(target, [descriptor]: [{ maximum?: number }], newTarget) {
      const maximum = Math.min(descriptor.maximum ?? pages, pages);
      const memory: unknown = Reflect.construct(target, [{ ...descriptor, maximum }], newTarget);
      return Object(memory) as object;
    },
  });
  Reflect.set(place, 'Memory', capped);
}
