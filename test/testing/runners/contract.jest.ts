import { type TestRunner, testAdapter } from 'jwt-extended/testing'
import { chosenSubject } from './subjects.ts'

// Those of Jest, which it makes global.
declare const describe: TestRunner['describe']
declare const test: TestRunner['test']

testAdapter(chosenSubject(), { describe, test })
