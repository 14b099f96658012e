import Foundation
import Profiles
import TestSupport
import Testing

/// The folder as it ships.
func shippedProfiles() throws -> [(name: String, bytes: [UInt8])] {
  let folder = VectorSet.projectRoot.appending(path: "certs/profiles")
  return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
    (name: $0, bytes: [UInt8](try Data(contentsOf: folder.appending(path: $0))))
  }
}

/// The shipped folder with one file's text changed; the change must be found, or the test would prove nothing.
func profiles(_ name: String, replacing old: String, with new: String) throws -> [(name: String, bytes: [UInt8])] {
  try shippedProfiles().map { file in
    guard file.name == name else { return file }
    let text = String(decoding: file.bytes, as: UTF8.self)
    #expect(text.contains(old), "\(name) no longer holds '\(old)'")
    return (name: name, bytes: [UInt8](text.replacingOccurrences(of: old, with: new).utf8))
  }
}

func refusal(of files: [(name: String, bytes: [UInt8])]) -> ProfileRejection? {
  do throws(ProfileRejection) {
    _ = try ProfileSet.load(files)
    return nil
  } catch {
    return error
  }
}

/// The shipped profiles, and each of their values spoiled.
struct ProfileSetTests {
  @Test func theShippedFolderReads() throws {
    let set = try ProfileSet.load(shippedProfiles())
    #expect(
      set.programmes.map(\.id) == [
        "authorised-representative", "business-card", "e-membership", "training-completion", "trusted-membership",
        "verified-membership",
      ]
    )
    let trusted = try #require(set.programme("trusted-membership"))
    #expect(trusted.validityDays == 365 && trusted.quota == 500 && trusted.tier == "trusted")
    #expect(trusted.approvals.issue == 2 && trusted.approvals.reinstate == 2)
    #expect(trusted.territory == .inside && trusted.log == .required && trusted.fees == .required)
    let verified = try #require(set.programme("verified-membership"))
    #expect(verified.approvals.issue == 1 && verified.quota == 15_000 && verified.tier == "verified")
    let abroad = try #require(set.programme("e-membership"))
    #expect(abroad.territory == .outside && abroad.tier == "e-member")
    #expect(set.programme("TRUSTED-MEMBERSHIP") == nil)
    #expect(verified.badgeTitle["ar"] == "العضوية المصدقة" && verified.badgeTitle["de"] == "Verified Membership")
  }

  /// RFC 5280 and the profiles: the figures a reader of certificates relies on.
  @Test func theCertificateProfilesHoldTheirFigures() throws {
    let set = try ProfileSet.load(shippedProfiles())
    #expect(set.root.key == .p384 && set.root.pathLength == 1 && set.root.policies == .none)
    #expect(set.issuingCA.key == .p384 && set.issuingCA.pathLength == 0 && set.issuingCA.requireExplicitPolicy)
    #expect(set.issuingCA.nameConstraints == .chamber && set.issuingCA.crl?.lifeDays == 7)
    #expect(set.signer.key == .p256 && set.signer.pathLength == nil && set.signer.crl == nil)
    #expect(set.signer.lifeDays == 760 && set.signer.usableDays == 300)
    #expect(set.signer.extendedKeyUsage.map(\.oid) == ["1.3.6.1.5.5.7.3.36"])
    #expect(set.signer.keyUsage == [.digitalSignature, .nonRepudiation])
    #expect(set.issuingCAPolicy == "1.3.6.1.4.1.32473.1.1")
    let verified = try #require(set.programme("verified-membership"))
    #expect(set.policy(of: verified) == "1.3.6.1.4.1.32473.2.1")
    #expect(set.authority.statusList.entries == 131_072 && set.authority.statusList.lifeHours == 24)
  }

  @Test func otherFilesOfTheFolderAreLeftAlone() throws {
    #expect(try ProfileSet.load(shippedProfiles() + [(name: "README.md", bytes: [0xFF])]).programmes.count == 6)
  }

  @Test(arguments: ["authority.yaml", "root.yaml", "issuing-ca.yaml", "signer.yaml"])
  func aMissingFileIsNamed(name: String) throws {
    #expect(refusal(of: try shippedProfiles().filter { $0.name != name }) == .missingFile(name))
  }

  @Test func nothingOutlivesWhatVouchesForIt() throws {
    guard
      case .conflict(let file, let with, _)? = refusal(
        of: try profiles("signer.yaml", replacing: "lifeDays: 760", with: "lifeDays: 665")
      )
    else {
      Issue.record("a signer of 665 days and 300 days of use outlived by 365-day credentials was taken")
      return
    }
    #expect(file.hasSuffix(".yaml") && with == "signer.yaml")
    // One day more is enough: signed on day 300, valid to the end of day 665.
    #expect(refusal(of: try profiles("signer.yaml", replacing: "lifeDays: 760", with: "lifeDays: 666")) == nil)
    guard
      case .conflict("signer.yaml", with: "issuing-ca.yaml", _)? =
        refusal(of: try profiles("issuing-ca.yaml", replacing: "usableDays: 1065", with: "usableDays: 1067"))
    else {
      Issue.record("a CA that ends before its signer was taken")
      return
    }
    guard
      case .conflict("issuing-ca.yaml", with: "root.yaml", _)? =
        refusal(of: try profiles("root.yaml", replacing: "usableDays: 5475", with: "usableDays: 5480"))
    else {
      Issue.record("a root that ends before its CA was taken")
      return
    }
  }

  @Test func onePolicyBelongsToOneProgramme() throws {
    #expect(
      refusal(of: try profiles("trusted-membership.yaml", replacing: #"policy: "2.2""#, with: #"policy: "2.1""#))
        == .conflict(file: "verified-membership.yaml", with: "trusted-membership.yaml", what: "the policy 2.1 is taken")
    )
    #expect(
      refusal(of: try profiles("trusted-membership.yaml", replacing: #"policy: "2.2""#, with: #"policy: "1.1""#))
        == .conflict(file: "trusted-membership.yaml", with: "issuing-ca.yaml", what: "the policy 1.1 is taken")
    )
  }

  @Test func aFileIsNamedLikeItsProfile() throws {
    let files = try shippedProfiles().map {
      $0.name == "business-card.yaml" ? (name: "card.yaml", bytes: $0.bytes) : $0
    }
    #expect(refusal(of: files) == .nameMismatch(file: "card.yaml", id: "business-card"))
    #expect(
      refusal(of: try profiles("business-card.yaml", replacing: "khatm-programme/1", with: "khatm-programme/2"))
        == .unknownFormat(
          file: "business-card.yaml",
          format: "khatm-programme/2",
          known: ["khatm-authority/1", "khatm-certificate-profile/1", "khatm-programme/1"]
        )
    )
  }
}

/// Every value of a profile, out of its range: the refusal names file, line and key.
struct ProfileValueTests {
  /// One line of a file, replaced.
  struct Change: Sendable, CustomTestStringConvertible {
    let file: String
    let old: String
    let new: String
    let key: String
    var testDescription: String { "\(file) \(new)" }
  }

  static let refused: [Change] = [
    Change(file: "signer.yaml", old: "key: P-256", new: "key: P-224", key: "key"),
    Change(file: "signer.yaml", old: "key: P-256", new: "key: p-256", key: "key"),
    Change(file: "signer.yaml", old: "lifeDays: 760", new: "lifeDays: 0", key: "lifeDays"),
    Change(file: "signer.yaml", old: "lifeDays: 760", new: "lifeDays: 99999", key: "lifeDays"),
    Change(file: "signer.yaml", old: "usableDays: 300", new: "usableDays: 761", key: "usableDays"),
    Change(file: "signer.yaml", old: "usableDays: 300", new: "usableDays: -1", key: "usableDays"),
    Change(file: "signer.yaml", old: "usableDays: 300", new: "usableDays: 0300", key: "usableDays"),
    Change(file: "signer.yaml", old: "usableDays: 300", new: "usableDays: 3_00", key: "usableDays"),
    Change(file: "signer.yaml", old: "usableDays: 300", new: "usableDays: 0x12c", key: "usableDays"),
    Change(file: "signer.yaml", old: "usableDays: 300", new: "usableDays: 300.0", key: "usableDays"),
    Change(file: "signer.yaml", old: "ca: false", new: "ca: no", key: "ca"),
    Change(file: "signer.yaml", old: "[digitalSignature, nonRepudiation]", new: "[digitalSignature]", key: "keyUsage"),
    Change(
      file: "signer.yaml",
      old: "[digitalSignature, nonRepudiation]",
      new: "[keyCertSign, cRLSign]",
      key: "keyUsage"
    ),
    Change(
      file: "signer.yaml",
      old: "[digitalSignature, nonRepudiation]",
      new: "[digitalSignature, digitalSignature]",
      key: "keyUsage"
    ),
    Change(file: "signer.yaml", old: "[documentSigning]", new: "[anyExtendedKeyUsage]", key: "extendedKeyUsage"),
    Change(file: "signer.yaml", old: "serialBytes: 16", new: "serialBytes: 7", key: "serialBytes"),
    Change(file: "signer.yaml", old: "serialBytes: 16", new: "serialBytes: 21", key: "serialBytes"),
    Change(file: "issuing-ca.yaml", old: #"policy: "1.1""#, new: #"policy: "1..1""#, key: "policy"),
    Change(file: "issuing-ca.yaml", old: #"policy: "1.1""#, new: #"policy: "01.1""#, key: "policy"),
    Change(file: "issuing-ca.yaml", old: #"policy: "1.1""#, new: #"policy: "1.2.3.4.5""#, key: "policy"),
    Change(
      file: "issuing-ca.yaml",
      old: "renewAfterHours: 24",
      new: "renewAfterHours: 168",
      key: "crl.renewAfterHours"
    ),
    Change(file: "issuing-ca.yaml", old: "pathLength: 0", new: "pathLength: 2", key: "pathLength"),
    Change(file: "authority.yaml", old: "1.3.6.1.4.1.32473", new: "1.3.6.1.4.1", key: "policyArc"),
    Change(file: "authority.yaml", old: "1.3.6.1.4.1.32473", new: "2.5.29.32.0", key: "policyArc"),
    Change(file: "authority.yaml", old: "entries: 131072", new: "entries: 131071", key: "statusList.entries"),
    Change(file: "authority.yaml", old: "entries: 131072", new: "entries: 131076", key: "statusList.entries"),
    Change(file: "authority.yaml", old: "entries: 131072", new: "entries: 262144", key: "statusList.entries"),
    Change(
      file: "authority.yaml",
      old: "nextUpdateDays: 7",
      new: "nextUpdateDays: 31",
      key: "trustList.nextUpdateDays"
    ),
    Change(file: "trusted-membership.yaml", old: "issue: 2 ", new: "issue: 0 ", key: "approvals.issue"),
    Change(file: "trusted-membership.yaml", old: "quota: 500 ", new: "quota: 0 ", key: "quota"),
    Change(file: "trusted-membership.yaml", old: "validityDays: 365", new: "validityDays: 3650", key: "validityDays"),
    Change(file: "trusted-membership.yaml", old: "territory: inside", new: "territory: near", key: "territory"),
    Change(file: "trusted-membership.yaml", old: "tier: trusted", new: "tier: Trusted", key: "tier"),
    Change(file: "trusted-membership.yaml", old: "tier: trusted\n", new: "", key: "requiredClaims"),
    Change(file: "trusted-membership.yaml", old: "[legalNameText,", new: "[legalName,", key: "requiredClaims"),
    Change(file: "trusted-membership.yaml", old: "leiCode]", new: "memberSince]", key: "optionalClaims"),
    Change(
      file: "trusted-membership.yaml",
      old: "ChamberMembershipCredential",
      new: "ChamberMembership",
      key: "credentialType"
    ),
    Change(file: "trusted-membership.yaml", old: "log: required", new: "log: off", key: "log"),
  ]

  @Test(arguments: refused) func aValueOutOfRangeIsRefusedWithItsPlace(change: Change) throws {
    guard
      case .valueRefused(let file, let line, let key, _, _)? =
        refusal(of: try profiles(change.file, replacing: change.old, with: change.new))
    else {
      Issue.record("taken: \(change.new)")
      return
    }
    #expect(file == change.file && line > 1 && key == change.key)
  }

  @Test func anUnknownKeyIsRefusedWithItsPlace() throws {
    let files = try profiles(
      "verified-membership.yaml",
      replacing: "log: required\n",
      with: "log: required\nvalidityDay: 365\n"
    )
    guard case .unknownKey(let file, let line, let key, let known)? = refusal(of: files) else {
      Issue.record("taken")
      return
    }
    #expect(file == "verified-membership.yaml" && key == "validityDay" && known.contains("validityDays"))
    let text = String(decoding: try #require(files.first { $0.name == file }).bytes, as: UTF8.self)
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false)[line - 1].hasPrefix("validityDay:"))
    guard
      case .unknownKey("verified-membership.yaml", _, "badgeTitle.de", _)? =
        refusal(
          of: try profiles(
            "verified-membership.yaml",
            replacing: "  en: Verified",
            with: "  de: Mitglied\n  en: Verified"
          )
        )
    else {
      Issue.record("a fifth language was taken")
      return
    }
  }

  /// Each mapping inside a profile is read as strictly as the profile.
  @Test(arguments: [
    ("trusted-membership.yaml", "brakes:\n", "brakes"), ("trusted-membership.yaml", "approvals:\n", "approvals"),
    ("trusted-membership.yaml", "criteria:\n", "criteria"), ("root.yaml", "crl:\n", "crl"),
    ("authority.yaml", "statusList:\n", "statusList"),
    ("authority.yaml", "trustList:\n", "trustList"),
  ])
  func anUnknownKeyInsideIsRefused(file: String, old: String, path: String) throws {
    guard
      case .unknownKey(file, _, let key, _)? = refusal(
        of: try profiles(file, replacing: old, with: old + "  extra: 1\n")
      )
    else {
      Issue.record("taken")
      return
    }
    #expect(key == "\(path).extra")
  }

  @Test func aMissingKeyIsNamed() throws {
    guard
      case .missingKey("trusted-membership.yaml", _, "quota")? =
        refusal(of: try profiles("trusted-membership.yaml", replacing: "\nquota: 500 ", with: "\n#quota: 500 "))
    else {
      Issue.record("taken without quota")
      return
    }
    guard
      case .missingKey("trusted-membership.yaml", _, "badgeTitle.zh")? =
        refusal(of: try profiles("trusted-membership.yaml", replacing: "  zh: 受信会员\n", with: ""))
    else {
      Issue.record("taken without a Chinese title")
      return
    }
  }

  @Test func aKeyThatStandsTwiceIsRefused() throws {
    guard
      case .duplicateKey("signer.yaml", _, "lifeDays")? =
        refusal(of: try profiles("signer.yaml", replacing: "ca: false", with: "ca: false\nlifeDays: 900"))
    else {
      Issue.record("the second lifeDays was taken or ignored")
      return
    }
  }
}
