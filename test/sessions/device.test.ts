import { describe, expect, test } from 'vitest'
import { readDevice, resolveDevice } from '../../src/sessions/device.ts'
import { requestOf } from '../request/support.ts'

/** As options say it; what else they say about sessions is of no use here. */
function keeping(keepDevices: boolean): Parameters<typeof resolveDevice>[1] {
  return { sessions: { lifetime: false, idleLifetime: false, grace: 0, minRotation: 0, keepDevices } }
}

describe('a device', () => {
  test.each([
    [
      { ip: '192.0.2.1', userAgent: 'Something Firefox/1' },
      { ip: '192.0.2.1', userAgent: 'Firefox' },
    ],
    [
      { ip: '', userAgent: '' },
      { ip: null, userAgent: null },
    ],
    [
      { ip: null, userAgent: null },
      { ip: null, userAgent: null },
    ],
    [{}, { ip: null, userAgent: null }],
    [undefined, { ip: null, userAgent: null }],
    [{ ip: '1'.repeat(64) }, { ip: '1'.repeat(64), userAgent: null }],
    [{ ip: '1'.repeat(65) }, { ip: '1'.repeat(64), userAgent: null }],
  ])('of %j is kept as %j', (device, expected) => {
    expect(resolveDevice(device, keeping(true))).toEqual(expected)
  })

  test('is not kept where none is to be', () => {
    const device = { ip: '192.0.2.1', userAgent: 'curl/8.5.0' }
    expect(resolveDevice(device, keeping(false))).toEqual({ ip: null, userAgent: null })
  })

  test('of a request is its address and its header User-Agent', () => {
    const request = { ...requestOf({ headers: { 'User-Agent': 'curl/8.5.0' } }), ip: '192.0.2.1' }
    expect(readDevice(request)).toEqual({ ip: '192.0.2.1', userAgent: 'curl/8.5.0' })
    expect(readDevice(requestOf())).toEqual({ ip: undefined, userAgent: undefined })
  })
})
