import ArgumentParser
import Artwork
import Credentials
import Encodings
import Foundation
import Issuance
import Messages
import Profiles
import Registry

/// `khatm badge`: the picture, page snippet, paper or token of one certificate.
struct Badge: ParsableCommand {
  /// What can be made; the words of `--format`.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case html, svg, png, qr, pdf, jwt
    case openbadgeJWT = "openbadge-jwt"
    case openbadgeSVG = "openbadge-svg"
    case openbadgePNG = "openbadge-png"
    case eddsaJCS = "eddsa-jcs-2022"
    var isOpenBadge: Bool { [.openbadgeJWT, .openbadgeSVG, .openbadgePNG].contains(self) }
  }

  static let configuration = CommandConfiguration(
    abstract: "Print or write a badge for a storefront page, a card, a certificate to print, or the token itself.",
    discussion: """
      html          link and picture, to paste into a page; below it what the head of the member's own site can carry
      svg, png      the picture with the token baked in, where only pictures can be uploaded
      qr            a card with QR code, name and registered page (PNG)
      pdf           the certificate to print
      jwt           the token
      openbadge-…   the Open Badges 3.0 form of the same data; for readers that know RSA alone, with --algorithm RS256
      eddsa-jcs-2022   the same data as a JSON document with an embedded proof (Data Integrity)

      The last two make a signature each time. The first RS256 or eddsa-jcs-2022 of a chamber makes a key of its own \
      and publishes it.

      No form contains a script, and no picture says whether the certificate is in force: that is asked when it is \
      clicked.

        khatm badge 7Q2M-4XW9-K3PD-T5HB-PA --format html --lang ar
        khatm badge 7Q2M-4XW9-K3PD-T5HB-PA --format pdf -o certificate.pdf
      """
  )
  @OptionGroup var options: GlobalOptions
  @Argument(help: "Certificate number or link.") var id: String
  @Option(help: "What to make.") var format: Format = .html
  @Option(name: .customLong("lang"), help: "Language of the words: ar, en, fr or zh.") var language = "en"
  @Flag(help: "The wide picture, with the member's name and registered page.") var wide = false
  @Option(help: ArgumentHelp("What signs an Open Badges form: ES256 or RS256.", valueName: "name")) var algorithm:
    String?
  @Option(name: .shortAndLong, help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
  var output: String?

  func run() throws {
    guard let language = Language(rawValue: language) else {
      throw CommandFailure(
        exit: 2,
        "language_unknown",
        "there is no text in the language \"\(language)\"",
        hint: "choose ar, en, fr or zh"
      )
    }
    guard algorithm == nil || format.isOpenBadge else {
      throw CommandFailure(exit: 2, "usage", "--algorithm goes with the openbadge formats only")
    }
    guard let algorithm = CredentialExporter.BadgeAlgorithm(rawValue: algorithm ?? "ES256") else {
      throw CommandFailure(
        exit: 2,
        "algorithm_unknown",
        "an Open Badges form is signed with ES256 or RS256",
        hint: "other readers take neither EdDSA nor PS256"
      )
    }
    let number = try readID(id)
    let room = try options.register()
    let bytes: [UInt8]
    do {
      bytes = try make(number, room, language: language, algorithm: algorithm)
    } catch let error as ArtworkRejection {
      throw CommandFailure(exit: 5, "artwork", "the picture cannot be drawn: \(error)")
    } catch let error as BakingRejection {
      throw CommandFailure(exit: 5, "baking", "the token cannot be put into the picture: \(error)")
    }
    if let output {
      try writeOutput(bytes, to: output)
      if options.talks { Console.note("wrote \(Console.shown(output)) (\(bytes.count) bytes)") }
    } else {
      if isatty(1) == 1 && [.png, .qr, .pdf, .openbadgePNG].contains(format) {
        throw CommandFailure(exit: 2, "output", "images are not printed on a terminal", hint: "use -o FILE")
      }
      Console.result(bytes)
    }
  }

  private func make(
    _ number: CredentialID,
    _ room: RegistryReader,
    language: Language,
    algorithm: CredentialExporter.BadgeAlgorithm
  ) throws -> [UInt8] {
    let (record, member, chamber) = try room.certificate(number)
    let token = try room.token(of: record)
    let pages = try room.storefronts(of: record)
    let facts = try BadgeFacts(
      chamberNames: [PrintedName(chamber.nameEn, language: "en"), PrintedName(chamber.nameAr, language: "ar")],
      id: number,
      verifyHost: room.authority.host,
      memberNames: [PrintedName(member.nameEn, language: "en"), PrintedName(member.nameAr, language: "ar")],
      registered: pages
    )
    let form: BadgeForm = wide ? .wide : .compact
    switch format {
    case .jwt: return token + [0x0A]
    case .html:
      var text = try EmbedCode.html(facts, form: form, language: language)
      if !options.quiet, output == nil, isatty(1) == 1 {
        text +=
          "\n<!-- besides, in the head of the member's own site: -->\n"
          + (try EmbedCode.headLink(number, verifyHost: room.authority.host))
      }
      return Array(text.utf8)
    case .svg:
      return try Picture.bake(.token(token), into: try Artwork.Badge.svg(facts, form: form, language: language))
    case .png:
      return try Picture.bake(
        .token(token),
        into: try Renderer.png(try Artwork.Badge.draw(facts, form: form, language: language), scale: 2)
      )
    case .qr: return try Renderer.png(try QRCard.draw(facts, language: language), scale: 2)
    case .pdf:
      guard let programme = try room.home.profiles().programme(record.programme) else {
        throw CommandFailure(exit: 5, "profile", "the profile of \(record.programme) is gone")
      }
      let registerNumber = try room.registerNumber(of: record)
      guard !registerNumber.isEmpty else {
        throw CommandFailure(exit: 5, "artwork", "a \(record.programme) certificate has no printable form")
      }
      var certificate = try CertificateFacts(
        badge: facts,
        programme: [
          ("ar", programme.badgeTitle.ar), ("en", programme.badgeTitle.en), ("fr", programme.badgeTitle.fr),
          ("zh", programme.badgeTitle.zh),
        ]
        .map { try PrintedName($0.1, language: $0.0) },
        registerNumber: registerNumber,
        membershipNumber: member.number,
        validFrom: CivilDate(of: Instant(seconds: record.validFrom)),
        validUntil: CivilDate(of: Instant(seconds: record.validUntil))
      )
      certificate.memberSince = CivilDate(member.memberSince)
      certificate.isSample = chamber.domain.hasSuffix(".example")
      return try MembershipCertificate.pdf(certificate, created: Instant(seconds: record.issuedAt ?? record.validFrom))
    case .eddsaJCS: return try options.session().exporter.document(number) + [0x0A]
    case .openbadgeJWT: return try options.session().exporter.openBadge(number, algorithm: algorithm) + [0x0A]
    case .openbadgeSVG:
      return try Picture.bake(
        .token(try options.session().exporter.openBadge(number, algorithm: algorithm)),
        into: try Artwork.Badge.svg(facts, form: form, language: language)
      )
    case .openbadgePNG:
      return try Picture.bake(
        .token(try options.session().exporter.openBadge(number, algorithm: algorithm)),
        into: try Renderer.png(try Artwork.Badge.draw(facts, form: form, language: language), scale: 2)
      )
    }
  }
}
