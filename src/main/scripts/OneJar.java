import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.Attributes.Name;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.zip.Deflater;

/**
 * Makes one jar of a jar and the libraries that its manifest names, in that order: of what several
 * have the first is kept, as on a class path, and lists of services are joined.
 *
 * <p>Whoever asks a class path for what is not there, or for all services of a kind, opens every
 * jar of it. Each start does: picocli looks for Groovy, the logger for its configuration.
 *
 * <p>Classes older than Java 6 get the format of Java 8; what they do stays the same. An AOT cache
 * holds none of them as they are, since they are verified in another way. picocli is compiled for
 * Java 5, and every command of Salvor starts with it: from the cache it costs 0.1 s less of each
 * start. Annotations for the generator of the CRDs are left out: a JVM passes over those that it
 * does not find, and makes a class for each that it does.
 *
 * <p>{@code java OneJar.java JAR NEW}
 */
final class OneJar {
  private static final int JAVA_6 = 50;
  private static final int JAVA_8 = 52;
  private static final String SERVICES = "META-INF/services/";

  /** What only the generator of the CRDs reads. Jackson meets it on every field of a Task. */
  private static final List<String> FOR_GENERATORS =
      List.of("io/fabric8/generator/annotation/", "io/fabric8/crd/generator/annotation/");

  private final JarOutputStream out;
  private final Set<String> written = new HashSet<>(Set.of(JarFile.MANIFEST_NAME));
  private final Map<String, ByteArrayOutputStream> services = new TreeMap<>();

  private OneJar(JarOutputStream out) {
    this.out = out;
  }

  public static void main(String... arguments) throws IOException {
    var program = Path.of(arguments[0]);
    try (var jar = new JarFile(program.toFile())) {
      var manifest = jar.getManifest();
      var attributes = manifest.getMainAttributes();
      var libraries = attributes.getValue(Name.CLASS_PATH);
      attributes.remove(Name.CLASS_PATH);
      attributes.put(Name.MULTI_RELEASE, "true");
      try (var out = new JarOutputStream(Files.newOutputStream(Path.of(arguments[1])), manifest)) {
        out.setLevel(Deflater.BEST_SPEED);
        var one = new OneJar(out);
        one.add(program);
        for (var library : List.of(libraries.split(" "))) {
          one.add(program.resolveSibling(library));
        }
        one.writeServices();
      }
    }
  }

  private void add(Path from) throws IOException {
    try (var jar = new JarFile(from.toFile())) {
      var format = format(jar);
      for (var entry : Collections.list(jar.entries())) {
        var name = entry.getName();
        if (entry.isDirectory()
            || name.endsWith("module-info.class")
            || FOR_GENERATORS.stream().anyMatch(name::startsWith)) {
          continue;
        }
        try (var in = jar.getInputStream(entry)) {
          if (name.startsWith(SERVICES)) {
            var list = services.computeIfAbsent(name, _ -> new ByteArrayOutputStream());
            in.transferTo(list);
            list.write('\n');
          } else if (written.add(name)) {
            var bytes = in.readAllBytes();
            write(entry, name.endsWith(".class") ? modern(format, bytes) : bytes);
          }
        }
      }
    }
  }

  private void writeServices() throws IOException {
    for (var service : services.entrySet()) {
      write(new JarEntry(service.getKey()), service.getValue().toByteArray());
    }
  }

  private void write(JarEntry like, byte[] bytes) throws IOException {
    var entry = new JarEntry(like.getName());
    // The same input makes the same jar.
    entry.setTime(Math.max(0, like.getTime()));
    out.putNextEntry(entry);
    out.write(bytes);
    out.closeEntry();
  }

  /**
   * From Java 7 on a method says what its stack holds where; the classes of the jar are needed to
   * compute that.
   */
  private static ClassFile format(JarFile jar) {
    var inJar = ClassHierarchyResolver.ofResourceParsing(name -> find(jar, name));
    return ClassFile.of(
        ClassFile.ClassHierarchyResolverOption.of(
            inJar.orElse(ClassHierarchyResolver.defaultResolver())),
        ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
  }

  private static InputStream find(JarFile jar, ClassDesc name) {
    var descriptor = name.descriptorString();
    var entry = jar.getEntry(descriptor.substring(1, descriptor.length() - 1) + ".class");
    try {
      return entry == null ? null : jar.getInputStream(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] modern(ClassFile format, byte[] bytes) {
    var model = format.parse(bytes);
    if (model.majorVersion() >= JAVA_6) {
      return bytes;
    }
    // Each method's code is built anew: what is only copied keeps its old form.
    ClassTransform code =
        ClassTransform.transformingMethods(
            (method, element) -> {
              if (element instanceof CodeModel body) {
                method.transformCode(body, CodeTransform.ACCEPT_ALL);
              } else {
                method.with(element);
              }
            });
    return format.transformClass(
        model, code.andThen(ClassTransform.endHandler(built -> built.withVersion(JAVA_8, 0))));
  }
}
