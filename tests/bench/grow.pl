#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# grow.pl FROM TO BYTES: makes the dump FROM that of a machine with BYTES more memory: one more PT_LOAD,
# after the others, which is a hole in the file TO. ELF64, little endian.
use strict;
use warnings;
my ($from, $to, $more) = @ARGV;
my $shift = 4096;    # room for the longer table
open(my $in, '<:raw', $from) or die "$from: $!\n";
open(my $out, '>:raw', $to) or die "$to: $!\n";
my $ehdr = '';
read($in, $ehdr, 64) == 64 && substr($ehdr, 0, 6) eq "\x7fELF\x02\x01" or die "$from: not such an ELF\n";
my ($phoff, $phnum) = (unpack('Q<', substr($ehdr, 32, 8)), unpack('S<', substr($ehdr, 56, 2)));
my ($table, $top, $map) = ('', 0, undef);
seek($in, $phoff, 0);
for (1 .. $phnum) {
	read($in, my $ph, 56) == 56 or die "$from: short\n";
	my ($type, $flags, $off, $vaddr, $paddr, $filesz, $memsz, $align) = unpack('L<2Q<6', $ph);
	$table .= pack('L<2Q<6', $type, $flags, $off + $shift, $vaddr, $paddr, $filesz, $memsz, $align);
	next if $type != 1;
	if ($paddr + $memsz > $top) { ($top, $map) = ($paddr + $memsz, $vaddr - $paddr) }
}
my $size = -s $from;
my $base = ($top + (1 << 32) - 1) & ~((1 << 32) - 1);
$table .= pack('L<2Q<6', 1, 7, $size + $shift, $base + $map, $base, $more, $more, 0);
substr($ehdr, 56, 2) = pack('S<', $phnum + 1);
substr($ehdr, 32, 8) = pack('Q<', 64);
length($table) + 64 <= $phoff + 56 * $phnum + $shift or die "$from: too many segments\n";
print $out $ehdr, $table or die "$to: $!\n";
my $at = $phoff + 56 * $phnum;    # what lies between the tables and the notes moves too
for (my $block = '' ; seek($in, $at, 0) && read($in, $block, 1 << 20) ; $at += length($block)) {
	next if $block !~ /[^\0]/;    # a hole
	seek($out, $at + $shift, 0);
	print $out $block or die "$to: $!\n";
}
truncate($out, $size + $shift + $more) or die "$to: $!\n";
close($out) or die "$to: $!\n";
