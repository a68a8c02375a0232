/**
 * How a first policy is written: five questions, or as many options, become manifests that are
 * checked, and a sheet of what must be kept elsewhere.
 */
@NullMarked
package dev.salvor.cli.init;

import org.jspecify.annotations.NullMarked;
