import ArgumentParser
import Encodings
import Foundation
import Issuance
import Profiles
import Registry
import Vocabulary

/// `khatm init`: a new authority.
struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a new authority: its root, its log, an empty register and an empty public/.",
    discussion: """
      The host stands in every badge (https://HOST/c/ID) and can never change. The root's private key is written \
      encrypted to keys/; \
      keep a copy of that file and of the passphrase in two places, apart from each other.

        khatm init --name "UAE Chambers (sample)" --host khatm.example
      """
  )
  @OptionGroup var options: GlobalOptions
  @Option(help: "The authority's name, as buyers may read it.") var name: String
  @Option(help: "The host on which certificates are checked, in lower case.") var host: String
  @Option(help: "Country of the authority (ISO 3166, two capital letters).") var country = "AE"
  @Option(
    help: ArgumentHelp("Folder with profiles/ and platforms.yaml to start from.", valueName: "folder"),
    completion: .directory
  ) var certs: String?

  func validate() throws {
    guard country.utf8.count == 2, country.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
      throw ValidationError("\"\(country)\" is not a country: write two capital letters, such as AE")
    }
  }

  func run() throws {
    let session = try AuthoritySetup.found(
      try options.requireHome(),
      name: name,
      host: host,
      country: country,
      source: try ProfileFinder.find(certs),
      now: options.now,
      passphrase: options.newPassphrase
    )
    let fingerprint = try session.reader.rootFingerprint()
    if options.json {
      Console.json([
        "home": JSON(session.home.path), "host": JSON(host), "name": JSON(name), "rootSha256": JSON(fingerprint),
      ])
    } else {
      Console.line("Made \(session.home.path) for \(Console.shown(name)), checking at https://\(host)/")
      Console.line("Root fingerprint (print it in every contract): SHA-256 \(grouped(fingerprint))")
    }
  }
}

/// Groups of four, so that two people can compare it by telephone.
func grouped(_ hex: String) -> String {
  stride(from: 0, to: hex.utf8.count, by: 4).map { start in String(hex.dropFirst(start).prefix(4)) }.joined(
    separator: " "
  )
}

/// Finds `certs/`: named, in the working folder, or above the program itself (a build folder inside the project), or
/// installed.
enum ProfileFinder {
  static func find(_ given: String?) throws -> ProfileSource {
    func holds(_ folder: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/profiles/authority.yaml") }
    if let given {
      guard holds(absolute(given)) else {
        throw CommandFailure(exit: 2, "profiles_missing", "there is no profiles/authority.yaml in \(given)")
      }
      return ProfileSource(folder: absolute(given))
    }
    var candidates = [FileManager.default.currentDirectoryPath + "/certs"]
    // without it the other places remain
    if let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      var folder = URL(filePath: program).deletingLastPathComponent()
      for _ in 0..<6 {
        candidates.append(folder.appending(path: "certs").path)
        folder = folder.deletingLastPathComponent()
      }
    }
    candidates += ["/usr/local/share/khatm/certs", "/usr/share/khatm/certs"]
    guard let found = candidates.first(where: holds) else {
      throw CommandFailure(
        exit: 2,
        "profiles_missing",
        "the certificate profiles were not found",
        hint: "use --certs FOLDER, the folder certs/ of the project"
      )
    }
    return ProfileSource(folder: found)
  }
}

/// `khatm chamber`.
struct ChamberCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chamber",
    abstract: "Recognise chambers, list them, renew their signers.",
    subcommands: [Add.self, ListAll.self, RenewSigner.self]
  )

  /// `khatm chamber add`.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Recognise a chamber: its issuing CA, its signer, its place in the trust list.",
      discussion: """
          khatm chamber add dubai --name-en "Dubai Chamber (sample)" --name-ar "غرفة دبي (نموذج)" \\
                --jurisdiction AE-DU --domain dubai-chamber.example
        """
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Short name: a-z, 0-9 and hyphens.") var slug: String
    @Option(help: "Name in English.") var nameEn: String
    @Option(help: "Name in Arabic.") var nameAr: String
    @Option(help: "Where the chamber acts, ISO 3166-2, for example AE-DU.") var jurisdiction: String
    @Option(help: "The chamber's own domain; its did:web and its certificates are bound to it.") var domain: String

    func run() throws {
      let chamber = try options.session().setup.addChamber(
        slug: slug,
        nameEn: nameEn,
        nameAr: nameAr,
        jurisdiction: jurisdiction,
        domain: domain
      )
      if options.json {
        Console.json(ChamberCommand.json(chamber))
      } else {
        Console.line("Recognised \(Console.shown(chamber.nameEn)) as \(chamber.did)")
      }
    }
  }

  /// `khatm chamber list`.
  struct ListAll: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the recognised chambers.")
    @OptionGroup var options: GlobalOptions

    func run() throws {
      let room = try options.register()
      let profiles = try room.home.profiles()
      let chambers = try room.registry.keys.chambers().map { chamber in
        (
          chamber,
          try room.registry.keys.all(chamber: chamber.slug).first { $0.purpose == .signer && $0.state == .current }.map
          {
            ChamberCommand.signs($0, profiles)
          }
        )
      }
      if options.json {
        return Console.json(
          .array(
            chambers.map { chamber, until in
              guard case .object(var object) = ChamberCommand.json(chamber) else { return .null }
              object["signsUntil"] = until.map { JSON($0.description) } ?? .null
              return .object(object)
            }
          )
        )
      }
      Console.table(
        ["chamber", "name", "jurisdiction", "status", "signs until", "issuer"],
        chambers.map {
          [
            $0.0.slug, "\($0.0.nameEn) · \($0.0.nameAr)", $0.0.jurisdiction, $0.0.status.rawValue,
            $0.1.map { CivilDate(of: $0).description } ?? "", $0.0.did,
          ]
        }
      )
    }
  }

  /// `khatm chamber renew-signer`.
  struct RenewSigner: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a chamber a new credential signer, before the old one is worn out.",
      discussion: """
        A signer signs new certificates for a part of its life only (usableDays of profiles/signer.yaml), so that it \
        outlives what it signed. \
        What the old one signed stays as good as it was: its key remains in the trust list for everything up to this \
        moment.

          khatm chamber list
          khatm chamber renew-signer dubai
        """
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Short name of the chamber.") var slug: String

    func run() throws {
      let session = try options.session()
      let signer = try session.setup.renewSigner(of: slug)
      let until = ChamberCommand.signs(signer, session.profiles)
      if options.json {
        Console.json([
          "chamber": JSON(slug), "kid": JSON(signer.kid), "signsUntil": JSON(until.description),
          "file": JSON(signer.file),
        ])
      } else {
        Console.line(
          "\(slug) has a new signer, for certificates until \(CivilDate(of: until)): keep a copy of keys/\(signer.file)"
        )
      }
    }
  }

  /// The last moment at which a signer signs new certificates.
  static func signs(_ signer: SigningKeyRecord, _ profiles: ProfileSet) -> Instant {
    Instant(seconds: signer.notBefore + Int64(profiles.signer.usableDays) * 86_400 - 1)
  }

  static func json(_ chamber: Chamber) -> JSON {
    [
      "chamber": JSON(chamber.slug), "did": JSON(chamber.did), "domain": JSON(chamber.domain),
      "nameEn": JSON(chamber.nameEn), "nameAr": JSON(chamber.nameAr),
      "jurisdiction": JSON(chamber.jurisdiction), "status": JSON(chamber.status.rawValue),
    ]
  }
}
