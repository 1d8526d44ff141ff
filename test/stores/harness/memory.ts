import { memoryStore } from 'jwt-extended/stores'
import { noServer, type StoreFamily } from './store-family.ts'

export const memory: StoreFamily = {
  name: 'memory',
  isShared: false,
  isAvailable: () => true,
  start: noServer,
  clients: {
    memory: async () => ({
      open: (_name, options) => ({ store: memoryStore(options), close: async () => {} }),
      close: async () => {},
    }),
  },
}
