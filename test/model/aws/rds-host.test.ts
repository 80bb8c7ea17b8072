import { describe, expect, it } from 'vitest'
import { partitionOf } from '../../../src/model/aws/partition.ts'
import { isClusterName, isRdsName, rdsHost, regionInName } from '../../../src/model/aws/rds-host.ts'

describe('the name of an RDS database', () => {
  it.each([
    ['shop.cabc.eu-central-1.rds.amazonaws.com', 'shop', 'instance', 'eu-central-1', 'aws'],
    ['SHOP.cabc.eu-central-1.rds.amazonaws.com.', 'shop', 'instance', 'eu-central-1', 'aws'],
    ['shops.cluster-cabc.eu-central-1.rds.amazonaws.com', 'shops', 'cluster', 'eu-central-1', 'aws'],
    ['shops.cluster-ro-cabc.eu-central-1.rds.amazonaws.com', 'shops', 'cluster', 'eu-central-1', 'aws'],
    ['shop.cabc.us-gov-west-1.rds.amazonaws.com', 'shop', 'instance', 'us-gov-west-1', 'aws-us-gov'],
    [
      'shops.cluster-ro-c1.us-gov-east-1.rds.amazonaws.com',
      'shops',
      'cluster',
      'us-gov-east-1',
      'aws-us-gov',
    ],
    // China has the region behind, and had it before in its oldest names.
    ['shop.cabc.rds.cn-north-1.amazonaws.com.cn', 'shop', 'instance', 'cn-north-1', 'aws-cn'],
    [
      'shops.cluster-cabc.rds.cn-northwest-1.amazonaws.com.cn',
      'shops',
      'cluster',
      'cn-northwest-1',
      'aws-cn',
    ],
    ['shop.cabc.cn-north-1.rds.amazonaws.com.cn', 'shop', 'instance', 'cn-north-1', 'aws-cn'],
    ['shop.cabc.eusc-de-east-1.rds.amazonaws.eu', 'shop', 'instance', 'eusc-de-east-1', 'aws-eusc'],
    ['shop.cabc.us-iso-east-1.rds.c2s.ic.gov', 'shop', 'instance', 'us-iso-east-1', 'aws-iso'],
  ])('%s says what it is, and where', (host, identifier, kind, region, partition) => {
    expect(rdsHost(host)).toEqual({ ok: true, value: { identifier, kind, region } })
    expect(regionInName(host)).toBe(region)
    expect(partitionOf(region)).toBe(partition)
    expect(isRdsName(host)).toBe(true)
    expect(isClusterName(host)).toBe(kind === 'cluster')
  })

  it.each([
    ['shop.proxy-cabc.eu-central-1.rds.amazonaws.com', 'aws-proxy'],
    ['more.endpoint.proxy-cabc.eu-central-1.rds.amazonaws.com', 'aws-proxy'],
    ['shop.proxy-cabc.rds.cn-north-1.amazonaws.com.cn', 'aws-proxy'],
    ['some.cluster-custom-cabc.eu-central-1.rds.amazonaws.com', 'aws-custom-endpoint'],
    ['shards.shardgrp-cabc.eu-central-1.rds.amazonaws.com', 'aws-shard-group'],
    ['db.example.com', 'aws-not-an-rds-host'],
    ['shop.cabc.eu-central-1.rds.amazonaws.com.evil.example', 'aws-not-an-rds-host'],
    ['10.0.0.7', 'aws-not-an-rds-host'],
  ])('%s is refused: %s', (host, code) => {
    expect(rdsHost(host)).toMatchObject({ ok: false, problem: { code } })
  })

  it('says its region though it does not say which database it is', () => {
    expect(regionInName('some.cluster-custom-cabc.rds.cn-north-1.amazonaws.com.cn')).toBe('cn-north-1')
  })
})
