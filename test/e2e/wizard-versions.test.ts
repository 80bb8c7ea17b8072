import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors } from '../support/server.ts'
import { setWizardScene, type WizardScene } from './wizard-scene.ts'

// 18 is what all other tests of the wizard run on.
describe.each(majors.filter(major => major !== 18))('on PostgreSQL %i', major => {
  let scene: WizardScene
  beforeAll(async () => {
    scene = await setWizardScene({ major })
  })
  afterAll(() => scene.end())

  it('a tool gets a login over two databases', async () => {
    const wizard = await scene.open()
    await wizard.chooseTool('Atlan')
    wizard.press('enter')
    await wizard.waitFor(`Connected: PostgreSQL ${major}.`)
    wizard.press('enter')
    await wizard.nameAddress()
    await wizard.nameRoles({ connections: '3', validUntil: '2031-08-31' })
    await wizard.chooseSchemas('music_store.reporting', 'warehouse.stock')
    await wizard.chooseTables('reporting.Monthly', 'reporting.daily_revenue', 'stock.product')
    await wizard.throughPlan()
    await wizard.rehearse()
    await wizard.apply()
    expect(await wizard.finish()).toMatchObject({ exitCode: 0 })
    expect(
      await scene.asLogin(wizard, 'atlan_user', 'music_store', [
        'select from reporting."Monthly Sales"',
        'select from reporting.daily_revenue',
        'select from reporting.newsletter_subscriber',
      ]),
    ).toEqual(['done', 'done', 'permission denied for table newsletter_subscriber'])
    expect(
      await scene.asLogin(wizard, 'atlan_user', 'warehouse', [
        'select from stock.product',
        'select from stock.shipment',
      ]),
    ).toEqual(['done', 'permission denied for table shipment'])
    expect(await scene.role('atlan_user')).toEqual({
      attributes: ['LOGIN'],
      limit: 3,
      until: '2031-08-31T23:59:59.000Z',
      memberOf: ['atlan_user_role'],
      settings: ['default_transaction_read_only=on', 'statement_timeout=600s'],
    })
  })
})
