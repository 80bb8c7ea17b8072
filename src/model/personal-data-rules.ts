/** What a column that holds personal data is about. */
export type PersonalDataCategory =
  | 'name'
  | 'e-mail'
  | 'phone'
  | 'address'
  | 'birth'
  | 'identity number'
  | 'payment'
  | 'income'
  | 'health'
  | 'personal trait'
  | 'credential'
  | 'account'
  | 'device or network'
  | 'position'
  | 'biometric'

/** Families of types: what kind of value can be in a column. */
export type TypeFamily = 'text' | 'number' | 'date' | 'boolean' | 'network' | 'geometry' | 'binary' | 'other'

export interface NameRule {
  readonly category: PersonalDataCategory
  /** What the column is then said to be called like. */
  readonly says: string
  /** Words that stand together, with or without a break between: `first name` is first_name and firstname. */
  readonly phrases: readonly string[]
  /** The families that can hold it; a column of another type is not marked. */
  readonly types: readonly TypeFamily[]
  /** Words before the phrase with which it is something else, such as `file` before `name`. */
  readonly notAfter?: readonly string[]
  /** Marked only beside columns that make the table one of people, and only as the whole name. */
  readonly besidePeople?: boolean
}

/** The entries of a list separated by commas. */
const list = (entries: string): readonly string[] => entries.split(',').map(entry => entry.trim())

const text: readonly TypeFamily[] = ['text', 'other']
const textOrNumber: readonly TypeFamily[] = ['text', 'number', 'other']

/**
 * The rules on names, the first that fits counts. English first, then the words of the larger European
 * languages for what tables most often hold. A word after the phrase keeps the mark only if it says nothing
 * new (neutralTail): `email_address` is an e-mail address, `email_count` is none.
 */
export const nameRules: readonly NameRule[] = [
  {
    category: 'credential',
    says: 'a credential',
    phrases: list(`
      password, passwd, pwd, passphrase, pass hash, password salt, secret, secret key, api key,
      private key, access token, refresh token, auth token, session token, reset token, password token, bearer token,
      id token, api token, totp, otp secret, recovery code, backup code, security answer,
      security question, pin hash, kennwort, passwort, mot de passe, contrasena, senha`),
    types: ['text', 'binary', 'other'],
  },
  {
    category: 'e-mail',
    says: 'an e-mail address',
    phrases: list(`
      email, e mail, emails, cc addresses, mail address, mail addr, email id, courriel, correo, correo electronico`),
    types: text,
    notAfter: ['is', 'has', 'support', 'system', 'template', 'noreply'],
  },
  {
    category: 'phone',
    says: 'a telephone number',
    phrases: list(`
      phone, telephone, mobile phone, tel, tel no, mobile, mobile no, cell, cellphone, msisdn, fax, whatsapp, telefon,
      telefono, telefono movil, telefone, handy, mobil, portable`),
    types: textOrNumber,
    notAfter: ['is', 'has', 'fuel', 'battery', 'table', 'data'],
  },
  {
    category: 'birth',
    says: 'a birth',
    phrases: list(`
      dob, birth date, birth dt, date of birth, date birth, birthday, birth year, year of birth,
      birth month, birth day, birth place, place of birth, born on, born at, geburtsdatum, geburtstag,
      geburtsort, date naissance, date de naissance, fecha nacimiento, fecha de nacimiento,
      data nascimento, data di nascita, geboortedatum, data urodzenia`),
    types: ['text', 'number', 'date', 'other'],
  },
  {
    category: 'identity number',
    says: 'a number that identifies a person',
    phrases: list(`
      ssn, ssn last4, social security, social security number, national id, national insurance, nino,
      passport, passport id, driver license, drivers license, driver licence, drivers licence,
      driving license, driving licence, licence no, license no, licence number, license number, identity card, id card, personal id, personal code, tax id,
      taxpayer id, tin, nhs, medicare, medical record, mrn, insurance number, insurance no, aadhaar,
      pan number, cpf, curp, dni, nie, nif, pesel, bsn, personnummer, personal identity, cpr,
      fodselsnummer, hetu, codice fiscale, steuer id, steuernummer, sozialversicherungsnummer,
      ausweisnummer, license plate, licence plate, vehicle registration`),
    types: textOrNumber,
    notAfter: list(`
      company, org, organization, supplier, vendor, is, has`),
  },
  {
    category: 'payment',
    says: 'a means of payment',
    phrases: list(`
      credit card, card number, card no, card num, cc number, cc num, card last4, card last 4, last4,
      last four, card expiry, card exp, cvv, cvc, iban, bank account, bank account number,
      account number, account no, acct number, acct no, routing number, sort code, cardholder, cardholder name,
      card holder, paypal, kontonummer, sepa mandate`),
    types: ['text', 'number', 'date', 'other'],
    notAfter: ['gl', 'ledger', 'is', 'has'],
  },
  {
    category: 'income',
    says: 'an income',
    phrases: list(`
      salary, wage, income, annual income, base pay, gross pay, net pay, bonus amount, gehalt, lohn,
      salaire, credit score`),
    types: textOrNumber,
    notAfter: list(`
      min, max, net, operating, interest, other, total`),
  },
  {
    category: 'health',
    says: 'health',
    phrases: list(`
      diagnosis, diagnoses, diagnosis code, icd, icd 10, icd10, blood type, blood group, allergy,
      allergies, medication, medications, medical history, medical condition, medical notes,
      health condition, health status, health insurance, disability, disabled since, symptom, symptoms,
      prescription, pregnant, is pregnant, hiv, hiv status, vaccination, vaccinated, smoker, is smoker, height cm, body height, body weight, weight at birth,
      sick leave, sick days, bmi, heart rate, blood pressure, krankheit, diagnose`),
    types: ['text', 'number', 'date', 'boolean', 'other'],
  },
  {
    category: 'personal trait',
    says: 'a personal trait',
    phrases: list(`
      gender, sex, salutation, anrede, ethnicity, ethnic group, religion, nationality, citizenship, marital status,
      maritalstatus, sexual orientation, political opinion, political party, union member, trade union,
      criminal record, geschlecht, familienstand, staatsangehoerigkeit, religione, sexe`),
    types: ['text', 'number', 'boolean', 'other'],
  },
  {
    category: 'personal trait',
    says: 'a personal trait',
    phrases: ['age', 'race'],
    types: textOrNumber,
    besidePeople: true,
  },
  {
    category: 'biometric',
    says: 'a body or a face',
    phrases: list(`
      fingerprint, face encoding, face embedding, facial, face id, voice print, voiceprint, biometric,
      iris scan, selfie, avatar, avatar url, profile photo, profile picture, photo id, signature image`),
    types: ['text', 'number', 'binary', 'other'],
    notAfter: list(`
      cert, certificate, key, ssl, query, build, content, file, error`),
  },
  {
    category: 'biometric',
    says: 'a picture of a person',
    phrases: ['photo', 'picture', 'portrait', 'photo url'],
    types: ['text', 'binary', 'other'],
    besidePeople: true,
  },
  {
    category: 'device or network',
    says: "an address of a person's device",
    phrases: list(`
      ip, ip address, ip addr, ipaddr, ip v4, ip v6, ipv4, ipv6, remote addr, remote address,
      mac address, mac addr, imei, imsi, iccid, advertising id, idfa, gaid, aaid, device id,
      device token, device fingerprint, browser fingerprint, user agent, useragent, cookie id,
      push token`),
    types: ['text', 'number', 'network', 'other'],
    notAfter: list(`
      server, host, gateway, router, node, cluster, listen, bind, dns, switch, has, is, public, elastic`),
  },
  {
    category: 'position',
    says: 'where somebody is',
    phrases: list(`
      latitude, longitude, lat, lng, lon, lat lng, lat lon, lat long, gps, gps coordinates, geolocation,
      geo location, geo point, coordinates, home location, last location, current location,
      user location`),
    types: ['text', 'number', 'geometry', 'other'],
    notAfter: list(`
      store, shop, warehouse, airport, city, country, station, venue, branch, stop, hotel, depot, site`),
  },
  {
    category: 'account',
    says: "somebody's name on a system",
    phrases: list(`
      username, user name, user login, login, login name, screen name, nickname, nick, display name,
      twitter handle, twitter, linkedin, linkedin url, facebook id, facebook, instagram, skype, skype id,
      telegram, github username, benutzername, google id, apple id`),
    types: text,
    notAfter: list(`
      last, first, is, has, can, company, product, db, database, smtp, category, column, field, role,
      group`),
  },
  {
    category: 'name',
    says: 'the name of a person',
    phrases: list(`
      first name, last name, first nm, last nm, name of person, middle name, given name, given names, family name, surname, forename,
      forenames, fname, lname, maiden name, full name, legal name, preferred name, birth name,
      middle initial, name first, name last, patronymic, customer name, client name, employee name,
      patient name, contact name, contact person, person name, student name, member name, guest name,
      passenger name, driver name, recipient name, sender name, applicant name, candidate name,
      tenant name, spouse name, mother name, father name, mothers maiden name, parent name, child name,
      emergency contact, next of kin, holder name, account holder, beneficiary name, owner name,
      author name, reviewer name, reporter name, requester name, assignee, assignee name, manager name, doctor name, teacher name, ship name, bill to name,
      ship to name, vorname, nachname, familienname, geburtsname, prenom, nom de famille,
      nombre completo, apellido, apellidos, cognome, nome completo, sobrenome, voornaam, achternaam,
      imie, nazwisko, fornamn, efternamn, etternavn`),
    types: text,
    notAfter: ['company', 'db', 'database', 'file', 'product'],
  },
  {
    category: 'name',
    says: 'the name of a person, by the columns beside it',
    phrases: list(`
      name, names, nom, nombre, nome, naam, initials, suffix`),
    types: text,
    besidePeople: true,
  },
  {
    category: 'address',
    says: 'a postal address',
    phrases: list(`
      address, addr, address line, addr line, street, street name, street address, street line, house no,
      house number, house nr, apartment, apt no, apt number, zip, zip code, postal code, post code,
      postcode, postalcode, po box, home town, strasse, hausnummer, plz, postleitzahl, anschrift,
      wohnort, adresse, rue, code postal, direccion, calle, codigo postal, indirizzo, endereco, cep,
      straat, huisnummer, ulica, adres`),
    types: textOrNumber,
    notAfter: list(`
      web, site, url, memory, wallet, contract, server, host, bitcoin, eth, token, store, warehouse,
      branch, office, company, supplier, wall, is, has, base, block, return, hotel, venue, cell,
      bus, register`),
  },
]

/** Words after a phrase that say nothing new about what the column holds. */
export const neutralTail: ReadonlySet<string> = new Set(
  'address addr number no nr num primary secondary home work office business mobile cell private personal main alt alternate alternative other old new prev previous current raw clean normalized norm encrypted enc hash hashed sha256 md5 bcrypt salt masked redacted text txt value val str string lower upper full line search ci unverified pending original orig'.split(
    ' ',
  ),
)

/** Words before a phrase with which the column counts or measures, and holds no such thing itself. */
export const measures: ReadonlySet<string> = new Set(
  'years months days hours num number count n avg mean min max sum total pct percent ratio rate'.split(' '),
)

/** Words that may be stuck to the front of a phrase without a break, as in `billingaddress`. */
export const gluedHeads: readonly string[] = [
  'billing',
  'shipping',
  'delivery',
  'mailing',
  'home',
  'work',
  'customer',
  'client',
  'user',
  'contact',
  'employee',
  'patient',
  'person',
  'member',
  'guest',
  'owner',
  'sender',
  'recipient',
  'buyer',
  'seller',
  'cust',
  'emp',
  'usr',
]

/** What a comment says that makes a column one of personal data, whatever it is called. */
export const commentRules: readonly {
  readonly category: PersonalDataCategory
  readonly says: string
  readonly pattern: RegExp
  readonly types: readonly TypeFamily[]
}[] = [
  { category: 'e-mail', says: 'an e-mail address', pattern: /\be-?mail (address|of|\()/, types: text },
  {
    category: 'phone',
    says: 'a telephone number',
    pattern: /\b(tele)?phone number|\bmobile number/,
    types: textOrNumber,
  },
  {
    category: 'birth',
    says: 'a birth',
    pattern: /\bdate of birth\b|\bbirth ?date\b|\bbirthday\b/,
    types: ['text', 'number', 'date', 'other'],
  },
  {
    category: 'identity number',
    says: 'a number that identifies a person',
    pattern:
      /\bsocial security\b|\bpassport (no|number)|\bnational (id|insurance)|\btax(payer)? id of (the )?(person|customer|employee)/,
    types: textOrNumber,
  },
  {
    category: 'payment',
    says: 'a means of payment',
    pattern: /\bcredit card number\b|\bcard number\b|\biban\b|\bbank account\b/,
    types: textOrNumber,
  },
  {
    category: 'health',
    says: 'health',
    pattern: /\bdiagnosis\b|\bmedical (condition|history|record)/,
    types: ['text', 'number', 'date', 'boolean', 'other'],
  },
  {
    category: 'name',
    says: 'the name of a person',
    pattern:
      /\b(first|last|given|family|full|maiden) name\b|\bname of (the )?(person|customer|client|employee|patient|contact|user|owner|applicant)\b/,
    types: text,
  },
  {
    category: 'address',
    says: 'a postal address',
    pattern: /\b(home|postal|street|mailing|residential) address\b/,
    types: textOrNumber,
  },
  {
    category: 'device or network',
    says: "an address of a person's device",
    pattern: /\bip address\b/,
    types: ['text', 'number', 'network', 'other'],
  },
  {
    category: 'personal trait',
    says: 'personal data',
    pattern:
      /\bpii\b|\bpersonal(ly identifiable)? (data|information)\b|\bgdpr\b|\bdsgvo\b|\bpersonenbezogen|\bdonnees personnelles\b/,
    types: ['text', 'number', 'date', 'boolean', 'network', 'geometry', 'binary', 'other'],
  },
]

/**
 * Every comment that one of `commentRules` fits has one of these, in upper or lower case: a server can leave
 * all other comments out. In a syntax that PostgreSQL has too.
 */
export const commentWords =
  /mail|phone|mobile|birth|social|passport|national|tax|card|iban|bank|diagnosis|medical|name|address|pii|person|gdpr|dsgvo|donn/

/** A comment with one of these speaks about the thing, or denies it. */
export const commentDenies =
  /\b(no|not|non|without|never|excluding)[ -](a |any |contain(s|ing)? )?(pii|personal|personally|gdpr)\b|\bnumber of\b|\bcount of\b|\bwhether\b|\btemplate\b|\bhow many\b|\btrue if\b|\bid of the\b|\btype of\b|\bformat of\b|\bsubject of\b/
