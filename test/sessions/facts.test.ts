import { memoryStore } from 'jwt-extended/stores'
import { testFacts } from './facts.ts'

testFacts({ name: 'memory', open: async ({ clock }) => ({ store: memoryStore({ clock }), close: async () => {} }) })
