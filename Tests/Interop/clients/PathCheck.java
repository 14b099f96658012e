// Path validation by the PKIX provider of Java, which shares no code with OpenSSL.
//
//   java PathCheck.java CASES
//
// CASES: one case a line, tab-separated: name, folder, host, policy. The folder holds root.cer, 0.cer (leaf), 1.cer …, *.crl.
// Prints for each: name, "accepted" or "refused", the words of the refusal.

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.*;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

public class PathCheck {
  static final String DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36";

  static X509Certificate certificate(Path path) throws Exception {
    try (InputStream in = Files.newInputStream(path)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  static String check(Path folder, String host, String policy) throws Exception {
    PKIXParameters rules = new PKIXParameters(Set.of(new TrustAnchor(certificate(folder.resolve("root.cer")), null)));
    List<X509Certificate> chain = new ArrayList<>();
    for (int i = 0; Files.exists(folder.resolve(i + ".cer")); i++) chain.add(certificate(folder.resolve(i + ".cer")));
    List<CRL> lists = new ArrayList<>();
    for (int i = 0; Files.exists(folder.resolve(i + ".crl")); i++) {
      try (InputStream in = Files.newInputStream(folder.resolve(i + ".crl"))) {
        lists.add(CertificateFactory.getInstance("X.509").generateCRL(in));
      }
    }
    rules.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
    rules.setRevocationEnabled(true);
    rules.setExplicitPolicyRequired(true);
    rules.setInitialPolicies(Set.of(policy));
    X509CertSelector target = new X509CertSelector();
    target.setExtendedKeyUsage(Set.of(DOCUMENT_SIGNING));
    target.addSubjectAlternativeName(2, host);
    target.setKeyUsage(new boolean[] {true, true});
    rules.setTargetCertConstraints(target);
    try {
      CertPathValidator.getInstance("PKIX").validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), rules);
      return "accepted\t";
    } catch (CertPathValidatorException refusal) {
      Throwable cause = refusal.getCause();
      return "refused\t" + (refusal.getReason() + " " + refusal.getMessage() + (cause == null ? "" : " " + cause.getMessage())).replaceAll("\\s+", " ");
    }
  }

  public static void main(String[] arguments) throws Exception {
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] field = line.split("\t", -1);
      String answer;
      try {
        answer = check(Path.of(field[1]), field[2], field[3]);
      } catch (Exception failure) {
        answer = "failed\t" + failure;
      }
      System.out.println(field[0] + "\t" + answer);
    }
  }
}
