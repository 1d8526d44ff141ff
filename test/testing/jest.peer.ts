import { runWithReport, testRunner } from './runners/test-runner.ts'

// A set of test/peers, for Jest would double the time of every installation.
const jest = ['node_modules/jest/bin/jest.js', '--config', 'test/testing/runners/jest.config.json', '--json']
testRunner('Jest', subject => runWithReport(['--experimental-vm-modules', ...jest], subject))
