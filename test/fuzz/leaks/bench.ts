import type { Store } from 'jwt-extended/stores'
import { findAttackKey, type KeyName, keyNames } from '../attack-keys.ts'
import { type Needle, needlesOfKey } from '../needles.ts'

/** All that is secret about the key of an algorithm. */
export function keyNeedles(algorithm: KeyName): Needle[] {
  return needlesOfKey(findAttackKey(keyNames[algorithm]))
}

/** A store that works as the one it is given, and records all that it is told. */
export function watchStore(store: Store, told: unknown[]): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        told.push(...args)
        return member.apply(target, args)
      }
    },
  })
}
