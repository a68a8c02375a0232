/**
 * PostgreSQL: sessions, what is asked before a backup, the snapshot that a dump and its facts
 * share, and the commands of PostgreSQL's own programs.
 */
@NullMarked
package dev.salvor.engine.postgres;

import org.jspecify.annotations.NullMarked;
