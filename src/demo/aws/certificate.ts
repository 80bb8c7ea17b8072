/**
 * The certificate of the demo's token door and its key, which stands here for everybody to read: it is fit for a server
 * that lives for a demo on this machine, and nobody is asked to trust it. Until 2097.
 */
export const demoCertificate = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBpDCCAUmgAwIBAgIUH90KLpQkibJ3iBUltOpLEVA+yb8wCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNcGctdXNoZXIgZGVtbzAgFw0yNjExMjMwOTIzMjdaGA8yMDk4
MDEyOTA5MjMyN1owGDEWMBQGA1UEAwwNcGctdXNoZXIgZGVtbzBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABONJh5jNMQDa+ilErVjTXa+ziFSJ8NG5pkkf+8YAgYLB
DfvGtiYR4ylMA4EZPejofJx0oFCpDYBIOJaOtHgK8fKjbzBtMB0GA1UdDgQWBBQD
4OX9qLQN7UXW/0lFZ03SyQHPBDAfBgNVHSMEGDAWgBQD4OX9qLQN7UXW/0lFZ03S
yQHPBDAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAA
ATAKBggqhkjOPQQDAgNJADBGAiEAzNVC1PDxdlv6TcBamsKZLFo0XMURapATKJtb
f/c6MWACIQCqcRfUsVNVdxabhz7Y1k4sjTotuEfsATq4qJ6Okd/YRw==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglD4vkObdMQAbPOtI
XGosnlFvDOrZP/3lDOe4Ax4tJpehRANCAATjSYeYzTEA2vopRK1Y012vs4hUifDR
uaZJH/vGAIGCwQ37xrYmEeMpTAOBGT3o6HycdKBQqQ2ASDiWjrR4CvHy
-----END PRIVATE KEY-----
`,
} as const
