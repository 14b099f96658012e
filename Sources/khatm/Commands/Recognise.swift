import ArgumentParser
import Encodings
import Foundation
import Issuance
import PKI
import Registry

/// `khatm recognise`: authorities of other countries.
struct Recognise: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Recognise another country's authority, so that its certificates verify here.",
    discussion: """
      The trust list then points to the root that signs their list. One hop: whom they recognise is not recognised \
      here, and what they say \
      of a chamber of ours counts for nothing. Theirs must be kept up to date: their status lists live for a day.
      """,
    subcommands: [Add.self, Update.self, Remove.self, ListAll.self]
  )

  /// `khatm recognise add`.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Point to another authority's list.",
      discussion: """
        FOLDER is a copy of what they publish (khatm mirror makes one). Their root is given apart, as they handed it \
        over, or as its \
        printed fingerprint: the folder cannot vouch for itself.

          khatm recognise add ./oman --fingerprint "3B07 …"
          khatm recognise add ./oman --root oman-root.pem
        """
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "A copy of the folder that they publish.", completion: .directory) var folder: String
    @Option(help: ArgumentHelp("Their root certificate, PEM.", valueName: "file"), completion: .file()) var root:
      String?
    @Option(help: "SHA-256 of their root certificate, as it was printed.") var fingerprint: String?

    func run() throws {
      guard (root == nil) != (fingerprint == nil) else {
        throw CommandFailure(exit: 2, "usage", "give either --root FILE or --fingerprint SHA256")
      }
      let path = absolute(folder)
      let pem = try readInput(root ?? path + "/certs/root.pem", limit: 1 << 16)
      let certificate: Certificate
      do throws(CertificateRejection) {
        certificate = try Certificate(pem: pem)
      } catch {
        throw CommandFailure(exit: 2, "root_unusable", "the root certificate cannot be read: \(error.words)")
      }
      if let fingerprint {
        let plain = fingerprint.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ":") }
        guard String(decoding: plain, as: UTF8.self).lowercased() == Hex.encode(certificate.sha256) else {
          throw CommandFailure(
            exit: 2,
            "fingerprint_differs",
            "the root in the folder has another fingerprint: \(grouped(Hex.encode(certificate.sha256)))"
          )
        }
      }
      let other = try options.session().crossRecognition.recognise(folder: path, root: certificate)
      if options.json {
        Console.json(Recognise.json(other))
      } else {
        Console.line("Recognised \(Console.shown(other.name)) (\(other.host))")
      }
    }
  }

  /// `khatm recognise update`.
  struct Update: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take over what a recognised authority has published since.",
      discussion: "  khatm recognise update ./oman"
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "A newer copy of the folder that they publish.", completion: .directory) var folder: String

    func run() throws {
      let other = try options.session().crossRecognition.updateRecognised(folder: absolute(folder))
      if options.json {
        Console.json(Recognise.json(other))
      } else {
        Console.line("Took over what \(Console.shown(other.name)) published")
      }
    }
  }

  /// `khatm recognise remove`.
  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Withdraw the recognition of another authority.",
      discussion: "  khatm recognise remove oman.example"
    )
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Their host, as the list shows it.") var host: String

    func run() throws {
      try options.session().crossRecognition.withdrawRecognition(host: host)
      if options.json {
        Console.json(["host": JSON(host), "recognised": .bool(false)])
      } else {
        Console.line("No longer recognised: \(Console.shown(host))")
      }
    }
  }

  /// `khatm recognise list`.
  struct ListAll: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "List recognised authorities, those withdrawn included."
    )
    @OptionGroup var options: GlobalOptions

    func run() throws {
      let all = try options.register().registry.recognitions.all()
      if options.json {
        Console.json(.array(all.map(Recognise.json)))
        return
      }
      Console.table(
        ["host", "name", "root SHA-256", "since", "until"],
        all.map {
          [
            $0.host, $0.name, Hex.encode($0.rootSHA256), CivilDate(of: Instant(seconds: $0.since)).description,
            $0.until.map { CivilDate(of: Instant(seconds: $0)).description } ?? "",
          ]
        }
      )
    }
  }

  static func json(_ other: Recognition) -> JSON {
    [
      "host": JSON(other.host), "name": JSON(other.name), "location": JSON(other.location),
      "rootSha256": JSON(Hex.encode(other.rootSHA256)),
      "since": JSON(Instant(seconds: other.since).description),
      "until": other.until.map { JSON(Instant(seconds: $0).description) } ?? .null,
    ]
  }
}
